"""From a template and plain values to HTML. Templates show; they do not decide."""

from __future__ import annotations

import datetime as dt
from functools import partial
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from config.messages import Lang, number, printable, sentence, size
from domain.values import Json
from portal.assets import asset

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


class Templates:
    """One environment for each language, so that ``_`` and the filters know theirs."""

    def __init__(self) -> None:
        self._of: dict[Lang, Environment] = {"vi": _environment("vi"), "en": _environment("en")}

    def render(self, template: str, lang: Lang, **shown: object) -> str:
        """Raises jinja2.UndefinedError for a value that the template names and was not given."""
        return self._of[lang].get_template(template).render(shown)


def _environment(lang: Lang) -> Environment:
    made = Environment(
        loader=PackageLoader("portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"_": partial(_words, lang), "asset": asset, "lang": lang}
    made.filters |= {
        "number": partial(number, lang=lang),
        "bytes": partial(size, lang=lang),
        "percent": partial(percent, lang=lang),
        "date": partial(date, lang=lang),
        "moment": partial(moment, lang=lang),
        "clock": clock,
        "duration": partial(duration, lang=lang),
        "printable": printable,
    }
    return made


def _words(lang: Lang, code: str, /, **fields: Json) -> str:
    return sentence(code, lang, fields)


def percent(share: float, lang: Lang) -> str:
    """A share of 0.0 to 1.0 as "94 %", in Vietnamese without the space."""
    return f"{number(round(100 * share), lang)}{'' if lang == 'vi' else ' '}%"


def date(day: dt.datetime | dt.date, lang: Lang) -> str:
    """The local day as Vietnamese offices write it, 08/7/2019 but 08/02/2019; 2019-07-08 in English."""
    local = day.astimezone(ZONE) if isinstance(day, dt.datetime) else day
    if lang == "en":
        return f"{local:%Y-%m-%d}"
    month = f"{local.month:02d}" if local.month < 3 else str(local.month)
    return f"{local.day:02d}/{month}/{local.year}"


def moment(at: dt.datetime, lang: Lang) -> str:
    """The local minute: "14:05 ngày 08/7/2019"."""
    local = at.astimezone(ZONE)
    return sentence("portal.moment", lang, {"time": f"{local:%H:%M}", "day": date(local, lang)})


def clock(at: dt.datetime) -> str:
    """The local second: "14:05:09"."""
    return f"{at.astimezone(ZONE):%H:%M:%S}"


def duration(lasted: dt.timedelta, lang: Lang) -> str:
    """The two largest units that say something: "2 giờ 5 phút", below a minute seconds alone."""
    seconds = max(0, round(lasted.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        return sentence("operate.word.days_hours", lang, {"days": days, "hours": hours % 24})
    if hours:
        return sentence("operate.word.hours_minutes", lang, {"hours": hours, "minutes": minutes % 60})
    if minutes:
        return sentence("operate.word.minutes", lang, {"minutes": minutes})
    return sentence("operate.word.seconds", lang, {"seconds": seconds})
