"""What a stranger writes stays text, in a browser that would run it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, Shown, Window
from tests.browser.test_live import expect_issue
from tests.scene import Report, Scene

TEXTS = {
    "script": "</title></script><script>document.title='taken'</script>",
    "image": "<img src=x onerror=\"document.title='taken'\">",
    "attribute": "\" autofocus onfocus=document.title='taken' x='",
    "svg": "<svg/onload=document.title='taken'><style>*{display:none}</style>",
    "template": "{{ 7 * 7 }}{% raw %}<b>bold</b>",
    "bidi": "evil\u202egnp.exe \u2066hidden\u2069 \u200b",
    "ansi": "\x1b]0;taken\x07\x1b[2J\x1b[31mred",
    "long line": "A" * 20_000,
    "rtl": "שגיאה חמורה במערכת",
}


@pytest.mark.parametrize("name", TEXTS)
def test_it_stays_text(shown: Shown, window: Window, name: str) -> None:
    text, page = TEXTS[name], window.page
    page.set_viewport_size({"width": 375, "height": 700})

    async def fail(scene: Scene) -> Report:
        report = scene.error(
            f"{name.title().replace(' ', '')}Error: {text}", file=text[:100], stack=text, note=text
        )
        await scene.count(report)
        await scene.fix(
            report,
            solution=text,
            findings=text,
            branch=text[:200],
            pr_url=f"javascript:{text[:50]}",
            diff=f"+{text}",
        )
        return report

    report = shown.publish(fail)
    expect_issue(f"{shown.url}/issues/{report.signature}", window)
    expect(page.locator("h2", has_text="Result")).to_be_visible(timeout=PATIENCE)
    for path in (page.url, f"{shown.url}/?q={report.signature}", f"{shown.url}/rates"):
        page.goto(path)
        expect(page.locator("#live")).to_have_text("live", timeout=PATIENCE)
        assert page.title() != "taken"
        facts = page.evaluate(
            """() => ({
              scripts: [...document.scripts].map((one) => one.src.split('/').pop()),
              foreign: document.querySelectorAll(
                'main img, main style, main b, main [onload], main [onfocus]').length,
              links: [...document.links].map((one) => one.protocol)
                .filter((one) => !['http:', 'https:'].includes(one)),
              width: document.documentElement.scrollWidth,
              text: document.body.innerText,
            })"""
        )
        assert facts["scripts"] == ["dashboard.js"]
        assert facts["foreign"] == 0
        assert facts["links"] == []
        assert facts["width"] <= 375
        assert not {"\x1b", "\u202e", "\u2066", "\u200b"} & set(facts["text"])
    shown.publish(lambda scene: scene.count(report))
    page.goto(f"{shown.url}/?q={report.signature}")
    expect(page.locator("tbody tr [data-name=count]")).to_have_text("2", timeout=PATIENCE)
    assert "49" not in page.locator("a.row").inner_text()
