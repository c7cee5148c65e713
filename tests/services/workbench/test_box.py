"""A real JupyterLab in its box, through the real gateway."""

import pytest

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.timeout(120)]


async def test_jupyterlab_answers_who_is_let_in(desk) -> None:
    page = await desk.lab.get("/lab")
    assert page.status_code == 200
    assert "JupyterLab" in page.text
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]


async def test_a_kernel_runs(desk) -> None:
    assert await desk.run("print(6 * 7)") == "42\n"
