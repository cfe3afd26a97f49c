"""Policy gradients on a corridor: actions drawn from a Categorical, returns, an entropy bonus, a
learned baseline."""

import torch
from torch import nn
from torch.distributions import Categorical


class Corridor:
    """Five places in a row; the reward waits at the right end."""

    def reset(self):
        self.place, self.steps = 1, 0
        return self.state()

    def state(self):
        return torch.nn.functional.one_hot(torch.tensor(self.place), 5).float()

    def step(self, action):
        self.place, self.steps = max(0, self.place + (1 if action else -1)), self.steps + 1
        done = self.place == 4 or self.steps == 12
        return self.state(), 1.0 if self.place == 4 else -0.05, done


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 16), nn.Tanh())
        self.actor, self.critic = nn.Linear(16, 2), nn.Linear(16, 1)

    def forward(self, x):
        h = self.body(x)
        return Categorical(logits=self.actor(h)), self.critic(h).squeeze(-1)


torch.manual_seed(4)
world, model = Corridor(), ActorCritic()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
for episode in range(25):
    state, done = world.reset(), False
    log_probs, values, rewards, entropies = [], [], [], []
    while not done:
        policy, value = model(state)
        action = policy.sample()
        state, reward, done = world.step(action.item())
        log_probs.append(policy.log_prob(action))
        entropies.append(policy.entropy())
        values.append(value)
        rewards.append(reward)
    returns, total = [], 0.0
    for reward in reversed(rewards):
        total = reward + 0.95 * total
        returns.insert(0, total)
    returns, values = torch.tensor(returns), torch.stack(values)
    advantage = (returns - values).detach()
    loss = -(torch.stack(log_probs) * advantage).mean() + 0.5 * (returns - values).pow(2).mean()
    loss = loss - 0.01 * torch.stack(entropies).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"episode {episode} steps {len(rewards)} loss {loss.item():.6f}")
