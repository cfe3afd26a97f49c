"""Deep Q-learning on a cart that has to balance a pole; the physics is in this file. A plain torch
script: it knows nothing of jtorch.

    python -m jtorch examples/dqn.py
"""

import argparse
import math
import random
from collections import deque, namedtuple

import torch
import torch.nn.functional as F
from torch import nn

Transition = namedtuple("Transition", "state action reward next_state done")


class CartPole:
    """A pole on a cart, pushed left or right fifty times a second (Barto, Sutton, Anderson 1983).

    The state is (position, speed, angle, angular speed). An episode ends when the pole leans more
    than 12 degrees, the cart leaves the track, or after `limit` steps.
    """

    gravity, cart, pole, half_length, force, dt = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02

    def __init__(self, limit=200):
        self.limit = limit

    def reset(self):
        self.steps = 0
        self.state = [random.uniform(-0.05, 0.05) for _ in range(4)]
        return self.state

    def step(self, action):
        """Returns the next state, the reward, whether the pole fell, and whether time is up."""
        x, v, angle, spin = self.state
        push = self.force if action == 1 else -self.force
        total = self.cart + self.pole
        sin, cos = math.sin(angle), math.cos(angle)
        swing = (push + self.pole * self.half_length * spin**2 * sin) / total
        inertia = self.half_length * (4 / 3 - self.pole * cos**2 / total)
        spin_rate = (self.gravity * sin - cos * swing) / inertia
        acceleration = swing - self.pole * self.half_length * spin_rate * cos / total
        self.state = [
            x + self.dt * v,
            v + self.dt * acceleration,
            angle + self.dt * spin,
            spin + self.dt * spin_rate,
        ]
        self.steps += 1
        fell = abs(self.state[0]) > 2.4 or abs(self.state[2]) > math.radians(12)
        return self.state, 1.0, fell, self.steps >= self.limit


class QNetwork(nn.Module):
    """The value of both actions: states (N, 4) in, (N, 2) out."""

    def __init__(self, hidden=64):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(4, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh()
        )
        self.head = nn.Linear(hidden, 2)

    def forward(self, states):
        return self.head(self.net(states))


class Agent:
    def __init__(self, gamma=0.98, lr=2e-3, tau=0.01, batch_size=64, memory=5000):
        self.gamma, self.tau, self.batch_size = gamma, tau, batch_size
        self.memory = deque(maxlen=memory)
        self.online, self.target = QNetwork(), QNetwork()
        self.target.load_state_dict(self.online.state_dict())
        self.optimizer = torch.optim.Adam(self.online.parameters(), lr=lr)

    @torch.no_grad()
    def act(self, state, epsilon):
        if random.random() < epsilon:
            return random.randrange(2)
        return self.online(torch.tensor(state).unsqueeze(0)).argmax(dim=1).item()

    def learn(self):
        """One step towards `reward + gamma * best next value`; returns the loss."""
        batch = Transition(*zip(*random.sample(self.memory, self.batch_size)))
        states, next_states = torch.tensor(batch.state), torch.tensor(batch.next_state)
        actions, rewards = torch.tensor(batch.action), torch.tensor(batch.reward)
        alive = 1.0 - torch.tensor(batch.done, dtype=torch.float32)

        values = self.online(states).gather(1, actions.unsqueeze(1)).squeeze(1)
        with torch.no_grad():
            best = self.target(next_states).max(dim=1).values
        loss = F.smooth_l1_loss(values, rewards + self.gamma * alive * best)

        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(self.online.parameters(), 10.0)
        self.optimizer.step()
        self.follow()
        return loss.item()

    @torch.no_grad()
    def follow(self):
        """Moves the target network a little towards the online one."""
        for slow, fast in zip(self.target.parameters(), self.online.parameters()):
            slow.mul_(1 - self.tau).add_(fast, alpha=self.tau)


def play(env, agent, epsilon, learn=True):
    """One episode; returns its length and the loss of each update."""
    state, losses, over = env.reset(), [], False
    while not over:
        action = agent.act(state, epsilon)
        next_state, reward, fell, late = env.step(action)
        agent.memory.append(Transition(state, action, reward, next_state, fell))
        state, over = next_state, fell or late
        if learn and len(agent.memory) >= 4 * agent.batch_size and env.steps % 2 == 0:
            losses.append(agent.learn())
    return env.steps, losses


def main():
    parser = argparse.ArgumentParser(description="Deep Q-learning on a cart-pole.")
    parser.add_argument("--episodes", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    random.seed(args.seed)
    torch.manual_seed(args.seed)
    env, agent = CartPole(), Agent()

    lengths, losses = [], []
    for episode in range(1, args.episodes + 1):
        epsilon = max(0.02, 1.0 - episode / 30)
        length, episode_losses = play(env, agent, epsilon)
        lengths.append(length)
        losses += episode_losses
        if episode % 10 == 0:
            print(
                f"episode {episode:3d}  steps balanced {sum(lengths[-10:]) / 10:6.1f}"
                f"  epsilon {epsilon:.2f}  loss {sum(losses) / max(1, len(losses)):.6f}"
            )
            losses.clear()

    tests = [play(env, agent, epsilon=0.0, learn=False)[0] for _ in range(5)]
    print(f"Without exploring: {tests}")


if __name__ == "__main__":
    main()
