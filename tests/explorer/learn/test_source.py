"""The code that Learn shows: of functions, and of some that only torch could import."""

import inspect

import pytest

from explorer.learn.elbo import bound
from explorer.learn.source import ROOT, source_of


def test_the_lines_of_a_function_are_those_of_its_file():
    found, (lines, first) = source_of(bound), inspect.getsourcelines(bound)
    assert (found.name, found.qualified, found.file) == ("bound", "bound", "explorer/learn/elbo.py")
    assert (found.text, found.first) == ("".join(lines), first)
    assert found.last == first + len(lines) - 1
    assert found.whole == (ROOT / found.file).read_text(encoding="utf-8")


def test_a_method_is_found_by_its_name_alone():
    found = source_of("training.model.networks:VAE.posterior")
    assert (found.name, found.file) == ("posterior", "training/model/networks.py")
    assert found.text.startswith("def posterior(self")
    assert "chunk(2, dim=1)" in found.text


@pytest.mark.parametrize("name", ["training.model.networks:VAE.none", "training.none:none"])
def test_what_is_not_there_is_refused(name: str):
    with pytest.raises(LookupError):
        source_of(name)
