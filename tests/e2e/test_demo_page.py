"""A newcomer's ten minutes with the demo, in a real browser."""

from __future__ import annotations

import base64
import re
import time
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Bot, Desk, Screen

TOFU = "今天送的豆腐有馊味，20斤"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


def test_complaint_is_acknowledged_pinged_and_shown_to_the_supervisor(screen: Screen) -> None:
    screen.say("customer", TOFU)
    ack = screen.last("customer")
    expect(ack).to_contain_text("已受理")
    expect(ack).to_contain_text(re.compile(r"SC\d{6}-001"))
    expect(ack).to_contain_text("变质")
    expect(ack).to_contain_text("20斤")
    expect(ack).to_contain_text(re.compile(r"响应 \d\d:\d\d 前|响应 .*日 \d\d:\d\d 前"))

    ping = screen.last("staff")
    expect(ping.locator(".at.me")).to_have_text("@王师傅")
    expect(ping.locator(".keys button")).to_have_text(["接单", "转派", "误报", "改类"])

    screen.say("chief", "/status")
    expect(screen.last("chief")).to_contain_text(re.compile(r"响应 还剩 1[45]分"))
    expect(screen.page.locator(".ticket")).to_have_count(1)


def test_acknowledgement_stands_within_a_second(desk: Desk) -> None:
    taken = []
    for n in range(5):
        name = f"visitor{n}"
        began = time.monotonic()
        desk.post("/local/messages", {"from": name, "text": TOFU})
        found = desk.get(f"/local/messages?to={name}&wait=20")
        taken.append(time.monotonic() - began)
        assert "已受理" in found[0]["text"]
    assert min(taken) < 1.0


def test_pressing_take_tells_the_customer_and_the_board(screen: Screen) -> None:
    screen.say("customer", TOFU)
    screen.phone("staff").locator(".keys button", has_text="接单").click()
    expect(screen.last("staff")).to_contain_text("王师傅 已接单")
    expect(screen.last("customer")).to_contain_text("王师傅 已接单")
    expect(screen.page.locator(".ticket .meta")).to_contain_text("王师傅")
    expect(screen.page.locator(".ticket .badge.taken")).to_be_visible()


def test_transfer_offers_colleagues_and_the_next_one_answers(screen: Screen) -> None:
    screen.say("customer", TOFU)
    screen.phone("staff").locator(".keys button", has_text="转派").click()
    screen.phone("staff").locator(".keys button", has_text="李师傅").click()
    expect(screen.phone("staff").locator("article.msg", has_text="转派给")).not_to_have_count(0)
    screen.be("staff", "李师傅")
    screen.phone("staff").locator("article.msg", has_text="新工单").get_by_text("引用").click()
    screen.say("staff", "回复 师傅已出发，半小时到")
    expect(screen.last("customer")).to_contain_text("师傅已出发，半小时到")


def test_fast_forward_shows_reminder_breach_and_escalation_each_in_time(screen: Screen) -> None:
    screen.say("customer", TOFU)
    expect(screen.last("staff")).to_contain_text("新工单")
    screen.forward("到下一时限")
    expect(screen.last("staff")).to_contain_text("提醒")
    expect(screen.page.locator("#ahead")).to_contain_text("已快进")
    screen.forward("+1小时")
    expect(screen.phone("staff")).to_contain_text("超时")
    expect(screen.last("chief")).to_contain_text("超时升级")
    expect(screen.page.locator(".ticket.late")).to_have_count(1)
    expect(screen.page.locator(".ticket .left b")).to_contain_text("超时")
    expect(screen.phone("chief").locator(".who .dot")).to_have_text("孙总")
    screen.be("chief", "孙总")
    expect(screen.last("chief")).to_contain_text("超时升级")
    assert "晚发" not in screen.page.locator("main").inner_text()


def test_next_moment_without_any_says_so(screen: Screen) -> None:
    screen.forward("到下一时限")
    expect(screen.page.locator("#toast")).to_contain_text("没有等待中的时限")


def test_markup_in_a_message_is_shown_and_not_run(screen: Screen) -> None:
    evil = '<img src=x onerror="window.__evil=1"><script>window.__evil=1</script> 豆腐馊了'
    screen.say("customer", evil)
    expect(screen.phone("customer").locator(".mine").last).to_contain_text(evil)
    expect(screen.last("staff")).to_contain_text('<img src=x onerror="window.__evil=1">')
    assert screen.page.evaluate("window.__evil") is None
    assert screen.page.locator(".bubble script, .bubble img:not(.thumb)").count() == 0


def test_photo_is_shown_and_still_there_after_a_reload(screen: Screen, tmp_path: Path) -> None:
    picture = tmp_path / "tofu.png"
    picture.write_bytes(PIXEL)
    screen.phone("customer").get_by_label("发送图片").set_input_files(picture)
    expect(screen.phone("customer").locator(".mine img.thumb")).to_have_count(1)
    expect(screen.phone("customer").locator("article.msg:not(.mine)")).not_to_have_count(0)
    screen.page.reload()
    thumb = screen.phone("customer").locator(".mine img.thumb")
    expect(thumb).to_have_attribute("src", re.compile(r"^/demo/media/\d+/0$"))
    expect(thumb).to_have_js_property("complete", value=True)
    assert thumb.evaluate("image => image.naturalWidth") == 1


def test_two_customers_have_conversations_of_their_own(screen: Screen) -> None:
    screen.say("customer", TOFU)
    expect(screen.last("customer")).to_contain_text("-001")
    screen.be("customer", "刘老师")
    expect(screen.phone("customer").locator(".empty")).to_be_visible()
    screen.phone("customer").locator(".chips button").nth(1).click()
    expect(screen.last("customer")).to_contain_text("重大事项")
    screen.be("customer", "张老师")
    expect(screen.last("customer")).to_contain_text("-001")


def test_another_trade_brings_its_own_promises(screen: Screen) -> None:
    screen.page.locator("#schemes button", has_text="图书").click()
    expect(screen.phone("customer").locator(".chips button").first).to_contain_text("缺页")
    screen.phone("customer").locator(".chips button").first.click()
    expect(screen.last("customer")).to_contain_text("缺页")
    screen.page.reload()
    expect(screen.page.locator('#schemes button[aria-pressed="true"]')).to_have_text("图书教材")


def test_everything_is_there_again_after_a_restart(desk: Desk, browser: Browser) -> None:
    desk.post("/local/messages", {"from": "customer", "text": TOFU})
    desk.get("/local/messages?to=customer&wait=20")
    moved = desk.post("/demo/advance", {"seconds": 7200})
    assert desk.stop() == 0
    desk.start()
    assert desk.get("/demo/clock")["now"] > moved["now"]
    page = browser.new_page()
    screen = Screen(page, desk.url)
    expect(screen.phone("customer").locator(".mine")).to_have_text(re.compile(TOFU))
    expect(screen.phone("customer").locator("article", has_text="已受理")).to_have_count(1)
    expect(screen.page.locator(".ticket.late")).to_have_count(1)
    page.close()


def test_an_open_page_starts_anew_with_the_process(desk: Desk, browser: Browser) -> None:
    page = browser.new_page()
    screen = Screen(page, desk.url)
    screen.say("customer", TOFU)
    expect(screen.last("customer")).to_contain_text("已受理")
    assert desk.stop() == 0
    desk.start("--fresh")
    expect(screen.phone("customer").locator(".empty")).to_be_visible(timeout=20_000)
    screen.say("customer", "鸡蛋少送了两箱")
    expect(screen.last("customer")).to_contain_text("-001")
    page.close()


def test_the_page_of_a_real_configuration_has_no_clock_to_move(bot: Bot, browser: Browser) -> None:
    page = browser.new_page()
    screen = Screen(page, f"http://127.0.0.1:{bot.port}/")
    expect(page.locator("#forward")).to_be_hidden()
    expect(page.locator("#schemes")).to_be_hidden()
    screen.say("customer", TOFU)
    expect(screen.last("staff").locator(".at.me")).to_have_text("@王师傅")
    screen.phone("staff").locator(".keys button", has_text="接单").click()
    expect(screen.last("customer")).to_contain_text("王师傅 已接单")
    page.close()


def test_on_a_telephone_one_phone_at_a_time_and_nothing_sticks_out(handset: Screen) -> None:
    handset.say("customer", TOFU)
    expect(handset.last("customer")).to_contain_text("已受理")
    expect(handset.phone("staff")).to_be_hidden()
    tabs = handset.page.locator("#tabs button")
    expect(tabs.nth(1)).to_have_class(re.compile("dot"))
    tabs.nth(1).click()
    expect(handset.last("staff")).to_be_visible()
    expect(tabs.nth(1)).not_to_have_class(re.compile("dot"))
    tabs.nth(3).click()
    expect(handset.page.locator(".ticket")).to_be_visible()
    for tab in range(4):
        tabs.nth(tab).click()
        assert handset.page.evaluate("document.documentElement.scrollWidth") <= 390
