"""`torch.distributions`: random variables with densities, moments, samples that follow torch's
random numbers, gradients through samples, divergences and transforms.
"""

from __future__ import annotations

import sys
import types
from importlib.machinery import ModuleSpec

from .._errors import no_attribute
from . import _divergences as _divergences
from . import constraint_registry as constraint_registry
from . import constraints as constraints
from . import kl as kl
from . import transforms as transforms
from . import utils as utils
from ._categories import Categorical as Categorical
from ._categories import Multinomial as Multinomial
from ._categories import OneHotCategorical as OneHotCategorical
from ._categories import OneHotCategoricalStraightThrough as OneHotCategoricalStraightThrough
from ._combined import Independent as Independent
from ._combined import MixtureSameFamily as MixtureSameFamily
from ._combined import TransformedDistribution as TransformedDistribution
from ._counts import Bernoulli as Bernoulli
from ._counts import Binomial as Binomial
from ._counts import ContinuousBernoulli as ContinuousBernoulli
from ._counts import Geometric as Geometric
from ._counts import NegativeBinomial as NegativeBinomial
from ._counts import Poisson as Poisson
from ._derived import Gumbel as Gumbel
from ._derived import HalfCauchy as HalfCauchy
from ._derived import HalfNormal as HalfNormal
from ._derived import InverseGamma as InverseGamma
from ._derived import Kumaraswamy as Kumaraswamy
from ._derived import LogisticNormal as LogisticNormal
from ._derived import LogNormal as LogNormal
from ._derived import Pareto as Pareto
from ._derived import Weibull as Weibull
from ._gamma import Beta as Beta
from ._gamma import Chi2 as Chi2
from ._gamma import Dirichlet as Dirichlet
from ._gamma import Exponential as Exponential
from ._gamma import FisherSnedecor as FisherSnedecor
from ._gamma import Gamma as Gamma
from ._location import Cauchy as Cauchy
from ._location import GeneralizedPareto as GeneralizedPareto
from ._location import Laplace as Laplace
from ._location import Normal as Normal
from ._location import StudentT as StudentT
from ._location import Uniform as Uniform
from ._location import VonMises as VonMises
from ._multivariate import LKJCholesky as LKJCholesky
from ._multivariate import LowRankMultivariateNormal as LowRankMultivariateNormal
from ._multivariate import MultivariateNormal as MultivariateNormal
from ._multivariate import Wishart as Wishart
from ._relaxed import ExpRelaxedCategorical as _ExpRelaxedCategorical
from ._relaxed import LogitRelaxedBernoulli as _LogitRelaxedBernoulli
from ._relaxed import RelaxedBernoulli as RelaxedBernoulli
from ._relaxed import RelaxedOneHotCategorical as RelaxedOneHotCategorical
from .constraint_registry import biject_to as biject_to
from .constraint_registry import transform_to as transform_to
from .distribution import Distribution as Distribution
from .distribution import ExponentialFamily as ExponentialFamily
from .kl import kl_divergence as kl_divergence
from .kl import register_kl as register_kl
from .transforms import *  # noqa: F403

# torch has a module for each distribution; here they share modules by family, and those are names.
_MODULES = """
bernoulli beta binomial categorical cauchy chi2 continuous_bernoulli dirichlet exponential
fishersnedecor gamma generalized_pareto geometric gumbel half_cauchy half_normal independent
inverse_gamma kumaraswamy laplace lkj_cholesky log_normal logistic_normal
lowrank_multivariate_normal mixture_same_family multinomial multivariate_normal negative_binomial
normal pareto poisson studentT transformed_distribution uniform von_mises weibull wishart
""".split()
_CLASSES = {
    "exp_family": [ExponentialFamily],
    "one_hot_categorical": [OneHotCategorical, OneHotCategoricalStraightThrough],
    "relaxed_bernoulli": [_LogitRelaxedBernoulli, RelaxedBernoulli],
    "relaxed_categorical": [_ExpRelaxedCategorical, RelaxedOneHotCategorical],
}


def _alias(name: str, classes: list[type]) -> types.ModuleType:
    full = f"{__name__}.{name}"
    module = types.ModuleType(full, f"torch.distributions.{name}")
    module.__spec__ = ModuleSpec(full, None)
    module.__dict__.update({cls.__name__: cls for cls in classes})
    for cls in classes:
        cls.__module__ = full
    module.__dict__["__all__"] = [cls.__name__ for cls in classes]
    return module


_BY_NAME = {name.lower(): cls for name, cls in globals().items() if isinstance(cls, type)}
for _name in [*_MODULES, *_CLASSES]:
    _classes = _CLASSES.get(_name) or [_BY_NAME[_name.replace("_", "").lower()]]
    globals()[_name] = sys.modules[f"{__name__}.{_name}"] = _alias(_name, _classes)

__all__ = [
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ContinuousBernoulli",
    "Dirichlet",
    "Distribution",
    "Exponential",
    "ExponentialFamily",
    "FisherSnedecor",
    "Gamma",
    "GeneralizedPareto",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "InverseGamma",
    "Kumaraswamy",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "LogisticNormal",
    "LowRankMultivariateNormal",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "Pareto",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "StudentT",
    "Poisson",
    "Uniform",
    "VonMises",
    "Weibull",
    "Wishart",
    "TransformedDistribution",
    "biject_to",
    "kl_divergence",
    "register_kl",
    "transform_to",
]
__all__ += transforms.__all__


def __getattr__(name: str):
    raise no_attribute("torch.distributions", name)
