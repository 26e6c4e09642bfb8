"""From message to meaning: sentences of our own whose meaning nobody would dispute."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.intake import Context, OpenTicket, corpus
from bot.intake.model import titles

_NOW = datetime(2026, 11, 20, 15, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
_TICKET = OpenTicket(number="YN-0007", category="delivery.late", opened_at=_NOW, last_text="书还没到")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("这批语文书有好几本缺页", "book.missing_pages"),
        ("翻两下就掉页了，胶没粘牢", "book.binding"),
        ("印得重影，孩子看着眼花", "book.print"),
        ("封面撕破了一大块", "book.damaged"),
        ("书皮上全是油渍", "book.dirty"),
        ("說好的光盤沒有", "book.attachment"),
        ("一看就是盗版，防伪都查不到", "book.pirated"),
        ("要的五年级，发来的是四年级的", "order.mismatch"),
        ("这箱书我们没订，多发了", "order.surplus"),
        ("豆腐馊了", "food.spoiled"),
        ("酱油上个月就过期了", "food.expired"),
        ("菜里吃出一只蟑螂", "food.foreign_or_fake"),
        ("肉太柴了，根本嚼不动", "food.quality"),
        ("检疫证没跟车来", "food.document"),
        ("箱子压扁了，牛奶漏了一地", "goods.damaged"),
        ("拆封过的机器当新的卖", "goods.fake"),
        ("打印机开不了机", "equipment.fault"),
        ("硒鼓漏粉，打出来纸背面都是黑的", "equipment.consumable"),
        ("坐标整体偏了二十米", "data.error"),
        ("都几点了，菜怎么还没送到", "delivery.late"),
        ("司机态度恶劣，还骂人", "service.attitude"),
        ("热线打了一上午没人接", "service.no_response"),
        ("发票金额开错了", "price_or_invoice"),
    ],
)
def test_each_reason_is_recognised_from_ordinary_words(intake, text, code):
    answer = intake.understand(text)
    assert answer.complaint
    assert answer.categories[0].code == code
    assert answer.categories[0].title == titles()[code]
    assert answer.because


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("请问下周能送货吗", "query"),
        ("怎么开发票", "query"),
        ("书一本没少，也没有破损，老师们很满意", "praise"),
        ("没有坏的，很新鲜，谢谢师傅", "praise"),
        ("好的", "chitchat"),
        ("哈哈哈", "chitchat"),
        ("补发的书收到了", "follow_up"),
        ("昨天报修的那台，工程师几点到", "follow_up"),
    ],
)
def test_what_is_no_complaint(intake, text, intent):
    answer = intake.understand(text)
    assert (answer.complaint, answer.intent) == (False, intent)
    assert answer.severity == "normal"


@pytest.mark.parametrize(
    "text",
    [
        "喝了豆浆，三个孩子拉肚子",
        "插上电就冒烟了",
        "面条里吃出玻璃渣",
        "柜子倒下来砸到一个学生的脚",
        "有人触电了",
        "吃完盒饭上吐下泻，人在医院",
        "孩子吃了脸上起疹子",
        "燃气管在漏气",
    ],
)
def test_danger_to_people_is_critical_and_sure(intake, text):
    answer = intake.understand(text)
    assert (answer.complaint, answer.severity, answer.band) == (True, "critical", "sure")


@pytest.mark.parametrize(
    "text", ["这菜放久了会不会中毒？", "用了一个月没有过敏，很好", "今天培训触电急救知识", "豆腐馊了"]
)
def test_talk_of_danger_is_not_danger(intake, text):
    assert intake.understand(text).severity != "critical"


def test_the_same_words_remind_or_complain_depending_on_who_says_them(intake):
    text = "怎么还没好"
    reminder = intake.understand(text, Context(open_tickets=(_TICKET,)))
    assert (reminder.complaint, reminder.intent) == (False, "follow_up")
    assert "YN-0007" in "".join(reminder.because)
    assert intake.understand(text).complaint


def test_a_new_defect_is_a_complaint_although_a_ticket_is_open(intake):
    answer = intake.understand("又发现十本缺页的", Context(open_tickets=(_TICKET,)))
    assert answer.complaint
    assert answer.categories[0].code == "book.missing_pages"


@pytest.mark.parametrize(
    ("question", "text"), [("order_no", "DD20261101"), ("triage", "2"), ("triage", "不是投诉")]
)
def test_an_answer_to_the_last_question_opens_nothing(intake, question, text):
    answer = intake.understand(text, Context(last_question=question))
    assert (answer.complaint, answer.intent) == (False, "follow_up")


def test_a_taught_word_counts_and_says_who_taught_it(intake):
    text = "这批本子窜墨了"
    answer = intake.understand(text, Context(extra_words=(("窜墨", "book.print"),)))
    assert (answer.complaint, answer.categories[0].code) == (True, "book.print")
    assert any("主管教过" in reason for reason in answer.because)


def test_the_trade_decides_between_readings(intake):
    book = intake.understand("有好多烂的", Context(trade="books"))
    assert not [score for score in book.categories[:2] if score.code.startswith("food.")]


def test_too_short_a_shelf_life_is_a_complaint_without_a_complaining_word(intake):
    answer = intake.understand("生产日期2026年5月1日，保质期9个月", Context(now=_NOW))
    assert (answer.complaint, answer.categories[0].code) == (True, "food.expired")
    assert "三分之二" in "".join(answer.because)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("坐标整体偏了二十米", "complaint"),
        ("硒鼓漏粉，打出来纸背面都是黑的", "consumables"),
        ("怎么开发票", "consultation"),
        ("想把订单里的三十本改成四十本，可以吗", "order_change"),
        ("好的，收到", "none"),
    ],
)
def test_the_kind_of_matter_is_proposed(intake, text, kind):
    assert intake.understand(text).kind == kind


def test_confidence_belongs_to_the_answer_and_sets_the_band(intake):
    for text in ("豆腐馊了", "好的", "这个怎么说呢", "嗯，书"):
        answer = intake.understand(text)
        assert 0 <= answer.confidence <= 1
        assert (answer.band == "sure") == (answer.confidence >= 0.85)


def test_other_categories_stand_behind_an_intent(intake):
    answer = intake.understand("请问下周能送货吗")
    assert answer.categories[0].code == answer.intent
    assert answer.categories[1].code not in {"query", "praise", "chitchat", "follow_up"}


def test_where_a_human_is_asked_the_categories_come_first(intake):
    quiet = ("query", "praise", "chitchat", "follow_up")
    unsure = [
        answer
        for item in corpus.read("test")[::20]
        if (answer := intake.understand(item.text)).band == "unsure" and not answer.complaint
    ]
    assert unsure
    for answer in unsure:
        assert [score.code in quiet for score in answer.categories] == [False, False, False, True, False]
        assert answer.categories[3].code == answer.intent


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("有一本缺页", "book.missing_pages"),
        ("这本书破损", "book.damaged"),
        ("豆腐变质", "food.spoiled"),
        ("打印机故障", "equipment.fault"),
    ],
)
def test_the_plain_name_of_a_defect_said_as_a_fact_is_sure(intake, text, code):
    answer = intake.understand(text)
    assert (answer.complaint, answer.band, answer.categories[0].code) == (True, "sure", code)


@pytest.mark.parametrize(
    "text", ["没有缺页", "会不会缺页", "破损的已经换好了", "请问缺页怎么换", "故障怎么报修"]
)
def test_a_defect_denied_asked_about_or_settled_is_none(intake, text):
    assert not intake.understand(text).complaint


@pytest.mark.parametrize("text", ["没有收到换货", "还没好", "没反应"])
@pytest.mark.parametrize("tickets", [(), (_TICKET,)])
def test_what_has_not_come_is_never_praise(intake, text, tickets):
    assert intake.understand(text, Context(open_tickets=tickets)).intent in {"complaint", "follow_up"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("书缺页，麻烦更换一下", "return"),
        ("请把破损的换掉", "return"),
        ("我要退货，书破了", "return"),
        ("书坏了也不给换货", "complaint"),
        ("硒鼓漏粉，打出来全是黑的，麻烦更换", "consumables"),
        ("少了两本，订单调整一下", "order_change"),
        ("想把白菜换成菠菜", "substitution"),
        ("我们多订了20本，要退回", "complaint"),
    ],
)
def test_a_wish_that_is_clearly_asked_for_names_the_kind(intake, text, kind):
    assert intake.understand(text).kind == kind
