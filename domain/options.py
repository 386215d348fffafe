"""What may be chosen for a reading and an intake. They travel as JSON, so they are frozen pydantic models."""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict, Field


class OcrOptions(BaseModel):
    """How pages are drawn and read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: tuple[str, ...] = Field(default=("vie",), min_length=1, max_length=8)
    dpi: int = Field(default=300, ge=150, le=1200, description="for pages that have to be drawn")
    psm: int = Field(default=3, ge=0, le=13, description="Tesseract's page segmentation mode")
    timeout_s: float = Field(default=120, gt=0, le=3600, description="for one page")
    max_pixels: int = Field(default=60_000_000, ge=1_000_000, description="cap for one picture")

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that change when a reading could come out differently."""
        said = self.model_dump_json(exclude={"timeout_s"})
        return hashlib.sha256(said.encode()).hexdigest()[:12]


class IntakePolicy(BaseModel):
    """Bounds on what is taken in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_pages: int = Field(default=5_000, ge=1)
    max_file_bytes: int = Field(default=4 * 1024**3, ge=1)
    max_pixels: int = Field(default=200_000_000, ge=1_000_000, description="of one embedded picture")
