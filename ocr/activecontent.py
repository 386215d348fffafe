"""Takes out of a PDF whatever runs, calls or launches something when a reader opens it."""

from __future__ import annotations

from collections.abc import Iterator

from pikepdf import Array, Dictionary, Name, Object, Pdf

# What only moves about within the document, or opens a link that the reader sees and clicks.
_HARMLESS = frozenset({"/GoTo", "/URI", "/Named"})
_MOST = 20_000  # outline entries and form fields; a hostile file may go in circles


def strip_document(pdf: Pdf) -> None:
    """Remove actions and scripts of the document, its attachments, and rights that no longer hold."""
    root = pdf.Root
    for name in ("/OpenAction", "/AA", "/Perms", "/AF", "/Collection"):
        _drop(root, name)
    names = root.get("/Names")
    if isinstance(names, Dictionary):
        for name in ("/JavaScript", "/EmbeddedFiles"):
            _drop(names, name)
    form = root.get("/AcroForm")
    if isinstance(form, Dictionary):
        for name in ("/XFA", "/CO"):
            _drop(form, name)
        for field in _tree(form.get("/Fields"), "/Kids"):
            _strip(field)
    outlines = root.get("/Outlines")
    if isinstance(outlines, Dictionary):
        for entry in _chain(outlines.get("/First")):
            _strip(entry)


def strip_page(page: Dictionary) -> None:
    """Remove a page's actions; its annotations are still drawn."""
    _drop(page, "/AA")
    annotations = page.get("/Annots")
    if isinstance(annotations, Array):
        for annotation in annotations:
            if isinstance(annotation, Dictionary):
                _strip(annotation)


def _strip(thing: Dictionary) -> None:
    _drop(thing, "/AA")
    action = thing.get("/A")
    if action is None:
        return
    kind = action.get("/S") if isinstance(action, Dictionary) else None
    if not isinstance(kind, Name) or str(kind) not in _HARMLESS:
        _drop(thing, "/A")
    elif isinstance(action, Dictionary):
        _drop(action, "/Next")


def _drop(thing: Object, name: str) -> None:
    if name in thing:
        del thing[name]


def _tree(kids: Object | None, name: str) -> Iterator[Dictionary]:
    waiting = [kids]
    for _ in range(_MOST):
        if not waiting:
            return
        found = waiting.pop()
        if isinstance(found, Array):
            waiting += list(found)
        elif isinstance(found, Dictionary):
            yield found
            waiting.append(found.get(name))


def _chain(first: Object | None) -> Iterator[Dictionary]:
    """The entries of an outline, those below each other too."""
    waiting = [first]
    for _ in range(_MOST):
        if not waiting:
            return
        found = waiting.pop()
        if isinstance(found, Dictionary):
            yield found
            waiting += [found.get("/Next"), found.get("/First")]
