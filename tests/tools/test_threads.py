"""Conversations by ids, in any order of arrival."""

import itertools
import random
import unittest

from maildesk.tools.threads import MAX_REFERENCES, ThreadItem, normalize_subject, refs_of, resolve


class Store:
    """What the sync keeps between pages: ids and the conversations they lead to."""

    def __init__(self):
        self.known = {}
        self.keyed = set()
        self.thread_of = {}
        self.next_id = 1

    def apply(self, page):
        groups = resolve(page, self.known, self.keyed)
        by_key = {item.key: item for item in page}
        for group in groups:
            thread = group.thread_id
            if thread is None:
                thread, self.next_id = self.next_id, self.next_id + 1
            for table in (self.known, self.thread_of):
                for name, old in table.items():
                    if old in group.absorbed:
                        table[name] = thread
            self.known.update(dict.fromkeys(group.refs, thread))
            self.thread_of.update(dict.fromkeys(group.items, thread))
            if any(by_key[key].thread_key for key in group.items):
                self.keyed.add(thread)
        return groups

    def conversations(self):
        found = {}
        for key, thread in self.thread_of.items():
            found.setdefault(thread, set()).add(key)
        return sorted(map(sorted, found.values()))


def item(key, parent="", references=(), thread_key=""):
    return ThreadItem(key, f"<{key}>", f"<{parent}>" if parent else "", tuple(f"<{ref}>" for ref in references), thread_key)


class TestResolve(unittest.TestCase):
    def test_any_order_any_pages(self):
        mails = [item("a"), item("b", "a"), item("c", "b", ["a", "b"]), item("d", "", ["a"]), item("x"), item("y", "x")]
        for order in itertools.permutations(mails):
            for size in (1, 2, 6):
                store = Store()
                for start in range(0, len(order), size):
                    store.apply(order[start:start + size])
                self.assertEqual(store.conversations(), [["a", "b", "c", "d"], ["x", "y"]])

    def test_random_chains(self):
        chance = random.Random(7)
        for _ in range(50):
            mails = []
            for number in range(60):
                parent = chance.randrange(number) if number and chance.random() < 0.8 else None
                mails.append(item(str(number), "" if parent is None else str(parent)))
            expected = Store()
            expected.apply(mails)
            chance.shuffle(mails)
            store = Store()
            for start in range(0, 60, 7):
                store.apply(mails[start:start + 7])
            self.assertEqual(store.conversations(), expected.conversations())

    def test_child_before_its_missing_parent(self):
        store = Store()
        store.apply([item("c", "b"), item("d", "b")])
        self.assertEqual(store.conversations(), [["c", "d"]])

    def test_link_folds_conversations(self):
        groups = resolve([item("c", "a", ["b"])], {"<a>": 9, "<b>": 4})
        self.assertEqual([(group.thread_id, group.absorbed) for group in groups], [(4, (9,))])
        self.assertEqual(groups[0].refs, {"<a>", "<b>", "<c>"})

    def test_replay_changes_nothing(self):
        store = Store()
        page = [item("a"), item("b", "a"), item("k", thread_key="9")]
        store.apply(page)
        known = dict(store.known)
        groups = store.apply(page)
        self.assertEqual(store.known, known)
        self.assertTrue(all(group.thread_id and not group.absorbed for group in groups))

    def test_mail_without_ids_is_alone(self):
        groups = resolve([ThreadItem("a"), ThreadItem("b"), ThreadItem("c", "<>")], {})
        self.assertEqual([(group.items, group.thread_id, group.refs) for group in groups],
                         [(("a",), None, frozenset()), (("b",), None, frozenset()), (("c",), None, frozenset())])

    def test_server_conversation_wins(self):
        store = Store()
        store.apply([item("a", thread_key="1"), item("b", "a", ["a"], thread_key="2")])
        self.assertEqual(store.conversations(), [["a"], ["b"]])
        store.apply([item("c", "z", ["z"], thread_key="1")])
        self.assertEqual(store.conversations(), [["a", "c"], ["b"]])

    def test_keyless_mail_joins_its_nearest_server_conversation(self):
        for pages in (1, 3):
            store = Store()
            mails = [item("a", thread_key="1"), item("b", thread_key="2"), item("reply", "b", ["a", "b"])]
            for page in [mails] if pages == 1 else [[mail] for mail in mails]:
                store.apply(page)
            self.assertEqual(store.conversations(), [["a"], ["b", "reply"]])

    def test_own_draft_is_taken_into_the_server_conversation(self):
        store = Store()
        store.apply([item("sent")])
        store.apply([item("sent", thread_key="5"), item("answer", "sent", thread_key="5")])
        self.assertEqual(store.conversations(), [["answer", "sent"]])

    def test_references_are_bounded(self):
        refs = refs_of(item("me", "", [str(number) for number in range(5000)]))
        self.assertEqual(len(refs), MAX_REFERENCES + 1)
        self.assertEqual(refs[:2], ("<me>", "<4999>"))
        self.assertEqual(refs[-1], "<0>")

    def test_large_page(self):
        page = [item(str(number), str(number - 1)) for number in range(20_000, 0, -1)]
        self.assertEqual(len(resolve(page, {})), 1)


class TestSubject(unittest.TestCase):
    def test_prefixes(self):
        for subject in ("Re: Offer", "RE: Fwd: Offer", "AW: WG: Offer", "Antw: Offer", "SV: VS: Offer", "Re[2]: Offer", "Re (3) : Offer",
                        "Re^2: Offer", "回复：Offer", "转发: Offer", "Odp: PD: Offer", "RIF: I: R: Offer", "TR: Offer", "RES: ENC: Offer",
                        "Ответ: Offer", "  re:re:\r\n re:  Offer", "Offer"):
            self.assertEqual(normalize_subject(subject), "Offer", subject)

    def test_words_stay(self):
        for subject in ("Regarding: x", "Report: x", "Reply", "Invoice: 12", "[list] Re: x", "12:30", "Forward: march", ""):
            self.assertEqual(normalize_subject(subject), subject)
        self.assertEqual(normalize_subject("Re: " * 10_000), "")


if __name__ == "__main__":
    unittest.main()
