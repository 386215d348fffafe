"""The one shape in which the API says that something was not done."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from domain.values import Json


class Refusal(BaseModel):
    code: str  # for programs: "catalog.item_not_found"
    message: str  # for people, in the language that the request asks for
    fields: dict[str, object]  # what the sentence mentions


class Refused(BaseModel):
    """What every answer from 400 on is."""

    error: Refusal


def told(code: str, message: str, fields: Mapping[str, Json]) -> dict[str, Json]:
    """A ``Refused`` as JSON."""
    return {"error": {"code": code, "message": message, "fields": fields}}
