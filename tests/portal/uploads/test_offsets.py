"""Whatever is sent in whatever order: the offset is what is on the disk, and that is what was sent."""

from __future__ import annotations

from hypothesis import settings as tuned
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.portal.uploads.sending import create, everything, offset, sha256

LENGTH = 5_000
PIECES = st.one_of(st.binary(max_size=60), st.integers(61, LENGTH + 9).map(lambda size: b"\x00\xff" * size))
TUNED = tuned(max_examples=15, stateful_step_count=15, deadline=None)


def test_any_series_of_requests_leaves_what_was_sent_and_nothing_else(lan, draft, drafts, settings):
    class Sending(RuleBasedStateMachine):
        @initialize(length=st.integers(0, LENGTH))
        def begin(self, length):
            self.length, self.sent = length, b""
            self.where = create(lan, draft, length)

        @rule(
            piece=PIECES,
            shift=st.sampled_from([0, 0, 0, -1, 1, 10**15]),
            digest=st.sampled_from(["", "", "right", "wrong"]),
            told=st.booleans(),
            by_header=st.booleans(),
        )
        def send(self, piece, shift, digest, told, by_header):
            at = max(0, len(self.sent) + shift)
            headers = {"content-type": "application/offset+octet-stream", "upload-offset": str(at)}
            if digest:
                headers["upload-checksum"] = sha256(piece if digest == "right" else piece + b"?")
            if by_header:
                headers["x-http-method-override"] = "PATCH"
            answer = lan.request(
                "POST" if by_header else "PATCH",
                self.where,
                content=piece if told else iter([piece[:7], piece[7:]]),
                headers=headers,
            )
            assert answer.status_code == self._expected(piece, at, digest), answer.text
            if answer.status_code == 204:
                self.sent += piece

        def _expected(self, piece, at, digest):
            if at != len(self.sent):
                return 409
            if at + len(piece) > self.length:
                return 413
            return 460 if digest == "wrong" else 204

        @rule(length=st.integers(0, LENGTH))
        def take_away_and_begin_anew(self, length):
            assert lan.delete(self.where).status_code == 204
            assert lan.head(self.where).status_code == 404
            assert lan.delete(self.where).status_code == 404
            self.begin(length)

        @invariant()
        def the_offset_is_what_is_on_the_disk(self):
            assert offset(lan, self.where) == len(self.sent) <= self.length
            draft_id, upload_id = self.where.rsplit("/", 2)[1:]
            assert drafts.data(draft_id, upload_id).read_bytes() == self.sent
            mine = {path: size for path, size in everything(settings).items() if path.startswith(draft_id)}
            others = {f"{draft_id}/{name}" for name in ("draft.json", "draft.lock", f"{upload_id}.json")}
            assert mine.keys() - others == {f"{draft_id}/{upload_id}.data"}
            assert drafts.upload(draft_id, upload_id).whole == (len(self.sent) == self.length)

    run_state_machine_as_test(Sending, settings=TUNED)
