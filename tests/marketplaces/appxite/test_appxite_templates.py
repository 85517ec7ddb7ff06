"""Templates and options are checked as the account is made, with sentences that say what is wrong in which file."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.accounts import BadOptions
from pipeline.marketplaces.appxite.assumed import Assumed
from pipeline.marketplaces.appxite.options import read_options
from pipeline.marketplaces.appxite.simulator.templates import templates
from pipeline.marketplaces.appxite.template_files import read_templates
from tests.contracts.appxite_case import a_line, appxite_config

SERVER = templates()["virtual-server-monthly.json"]
PERIOD = SERVER["form"]["ChargePeriod"]


def changed(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in (SERVER | fields).items() if value is not None}


def form(**keys: Any) -> dict[str, Any]:
    return changed(form={key: value for key, value in (SERVER["form"] | keys).items() if value is not None})


def slots(**named: Any) -> dict[str, Any]:
    return changed(slots=SERVER["slots"] | named)


def write(folder: Path, **files: Any) -> Path:
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "server.json: it is not JSON"),
        ('{"offer": NaN}', "server.json: it is not JSON"),
        ("[]", "server.json: the whole: Input should be a valid dictionary"),
        (changed(name=None), "server.json: name: Field required"),
        (changed(colour="red"), "server.json: colour: Extra inputs are not permitted"),
        (changed(billing_term="Fortnightly"), "billing_term: 'Fortnightly' is none of Monthly, Annual"),
        (changed(billing_term="Annual"), "form: its price is billed Monthly, the template says Annual"),
        (changed(commitment_months=0), "commitment_months: Input should be greater than or equal to 1"),
        (changed(offer="../orders"), "offer: '../orders' is no id"),
        (changed(offer="another"), "form: its price is of another offer"),
        (form(ChargePeriod=None), "form: it names no price, or several"),
        (form(Second=PERIOD), "form: it names no price, or several"),
        (form(quantityBox1=5), 'form: the quantity has to stand in it once, as "{quantity}"'),
        (form(again="{quantity}"), 'form: the quantity has to stand in it once, as "{quantity}"'),
        (form(note="{remark}"), "form: the slot {remark} is not described under slots"),
        (form(note="for {hostName}"), "form: 'for {hostName}' is no slot: one stands alone"),
        (slots(colour={}), "slots: colour stands nowhere in the form"),
        (slots(quantity={}), "slots: quantity is always there and not described"),
        (slots(hostName={"sends": "money"}), "slots.hostName.sends: Input should be 'text' or 'number'"),
        (slots(hostName={"values": ["a", "a"]}), "slots: hostName has the same value twice"),
        (slots(hostName={"values": ["a"], "default": "b"}), "slots: the default of hostName is none of its values"),
    ],
    ids=lambda case: case if isinstance(case, str) and " " in case else "",
)
def test_a_template_that_cannot_be_meant_says_why(tmp_path: Path, content: Any, sentence: str) -> None:
    with pytest.raises(BadOptions) as refused:
        read_templates(write(tmp_path, server=content))

    assert sentence in str(refused.value)
    assert str(tmp_path) in str(refused.value)


def test_the_examples_of_the_page_can_be_used_as_they_stand(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "marketplaces" / "appxite.md").read_text(encoding="utf-8")
    template, names = re.findall(r"```json\n(.*?)```", page, re.DOTALL)

    (server,) = read_templates(write(tmp_path, server=template)).of(SERVER["offer"])

    assert [slot.key for slot in server.slots] == ["location", "host"]
    assert Assumed.model_validate_json(names).paging.first == 0


def test_all_files_that_are_wrong_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadOptions) as refused:
        read_templates(write(tmp_path, a="{", b=changed(name=None)))

    assert "a.json" in str(refused.value)
    assert "b.json" in str(refused.value)


def test_two_templates_for_one_offer_and_term_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(BadOptions, match=r"b.json: it is for the same offer, billing term and commitment as a.json"):
        read_templates(write(tmp_path, a=SERVER, b=changed(offer=SERVER["offer"].upper())))


def test_templates_of_one_offer_ask_for_the_same(tmp_path: Path) -> None:
    committed = slots(hostName={"label": "Something else", "required": False}) | {"commitment_months": 12}

    with pytest.raises(BadOptions, match=r"b.json: its slots are not those of a.json"):
        read_templates(write(tmp_path, a=SERVER, b=committed))


def test_a_folder_without_templates_or_none_at_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadOptions, match=r"holds no \.json file"):
        read_templates(tmp_path)
    with pytest.raises(BadOptions, match="is not there"):
        read_templates(tmp_path / "nowhere")


def test_a_form_is_filled_with_ids_and_without_what_was_not_answered(tmp_path: Path) -> None:
    (template,) = read_templates(write(tmp_path, server=SERVER)).of(SERVER["offer"].upper())

    filled = template.filled(a_line(1, SERVER["offer"], 3, locationBox1="Dublin"))

    assert (template.term, template.months) == (BillingTerm.MONTHLY, None)
    assert filled == {
        "quantityBox1": 3,
        "ChargePeriod": PERIOD,
        "locationBox1": SERVER["slots"]["locationBox1"]["values"]["Dublin"],
        "licenceTierBox1": SERVER["slots"]["licenceTierBox1"]["values"]["Standard"],
    }


def test_a_slot_that_sends_a_number_sends_one_and_takes_nothing_else(tmp_path: Path) -> None:
    numbered = slots(hostName={"sends": "number"})
    (template,) = read_templates(write(tmp_path, server=numbered)).of(SERVER["offer"])

    assert template.filled(a_line(1, SERVER["offer"], 3, hostName=" 12 "))["hostName"] == 12
    wrong = a_line(1, SERVER["offer"], 3, hostName="twelve", locationBox1="Dublin")
    assert [(slot.key, why) for slot, why in template.faults(wrong)] == [("hostName", "takes a whole number")]


def test_a_slot_deep_inside_a_form_is_filled_and_found(tmp_path: Path) -> None:
    nested = form(hostName=None, machine={"names": ["{hostName}"]})
    (template,) = read_templates(write(tmp_path, server=nested)).of(SERVER["offer"])

    assert template.filled(a_line(1, SERVER["offer"], 3, hostName="one"))["machine"] == {"names": ["one"]}
    assert template.filled(a_line(1, SERVER["offer"], 3))["machine"] == {"names": []}
    slot = template.slot_at("machine")
    assert slot is not None
    assert slot.key == "hostName"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"portal": ""}, "options of account appxite-main: AppXite needs the option portal: the address"),
        ({"templates": ""}, "AppXite needs the option templates"),
        ({"portal": "portal.example"}, "option portal is no address"),
        ({"portal_header": "Origin"}, "option portal_header has to be Referer or X-Referer"),
        ({"organisation": "a b"}, "option organisation is no id"),
        ({"colour": "red"}, "AppXite has no option colour; it has portal, templates"),
        ({"assumed": "/nowhere.json"}, "names, /nowhere.json, cannot be read"),
    ],
)
def test_an_option_that_cannot_be_meant_says_what_to_set(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadOptions) as refused:
        read_options(appxite_config(options=options))

    assert sentence in str(refused.value)


def test_without_a_subscription_key_no_account_is_made() -> None:
    with pytest.raises(BadOptions, match="QUOTEWAY_APPXITE_API_KEY"):
        read_options(appxite_config(api_key=SecretStr("")))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"paths": {"orders": "orders"}}, "paths.orders"),
        ({"order": {"idd": "Id"}}, "order.idd: Extra inputs are not permitted"),
        ({"statuses": {"parked": "somewhere"}}, "statuses.parked"),
    ],
)
def test_a_file_of_names_that_cannot_be_meant_says_why(tmp_path: Path, content: Any, sentence: str) -> None:
    file = write(tmp_path, names=content) / "names.json"

    with pytest.raises(BadOptions) as refused:
        read_options(appxite_config(options={"assumed": str(file)}))

    assert sentence in str(refused.value)
