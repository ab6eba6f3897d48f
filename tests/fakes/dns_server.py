"""A name server on the loopback that knows what a test tells it."""

import contextlib
import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset


class DnsServer:
    """:attr:`records` maps ``(name, kind)`` to the texts of its records; :attr:`asked` lists the questions.

    :attr:`is_silent` swallows them.
    """

    def __init__(self):
        self.records, self.asked, self.is_silent = {}, [], False
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def start(self):
        self._line.bind(("127.0.0.1", 0))
        self.address = self._line.getsockname()
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def stop(self):
        # closing alone leaves the thread in its wait; "not connected" is all there is to say against it
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()

    def _serve(self):
        while True:
            try:
                packet, sender = self._line.recvfrom(4096)
                if not packet:
                    return
                answer = None if self.is_silent else self._answer(dns.message.from_wire(packet))
                if answer:
                    self._line.sendto(answer.to_wire(), sender)
            except OSError:
                return

    def _answer(self, query):
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        texts = self.records.get((name, kind))
        if texts:
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, dns.rdataclass.IN, kind, texts))
        elif not any(known == name for known, _kind in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
