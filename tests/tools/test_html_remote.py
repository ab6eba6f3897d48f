"""What a real browser loads and runs of hostile mails, behind each of the two walls alone.

A local server counts what Chromium asks of it. Every mail is shown in three ways: raw (the control: it shows that the trick
works at all), sanitised without any policy, and raw in the sandboxed frame with the policy.
"""

import http.server
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from html import escape

from maildesk.tools.html import content_security_policy, data_uri, frame_document, frame_headers, sanitize_html
from maildesk.tools.html_frame import SANDBOX

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--renderer-process-limit=2",
    "--disable-dev-shm-usage", "--no-proxy-server",
)
#: Seconds the page stays open after its own load: refreshes and prefetches come late.
LINGER = 2.5
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6364f8cf500f"
                    "00038601805a347d6b0000000049454e44ae426082")

#: One mail a line. URL is an http address to be hit, HOST the same without its scheme.
REMOTE = r"""
<img src="URL">
<IMG SRC = URL >
<img src="HOST">
<img src="&#104;&#x74;tp:HOST">
<img src=" &#9;URL">
<img src="ht&#10;tp:&#9;HOST">
<img src="http:\\BARE">
<img src="\\BARE">
<img srcset="URL 1x">
<img src="data:," srcset="URL 2x, URL 1x">
<img srcset="URL 100w" sizes="50vw">
<image src="URL">
<picture><source srcset="URL"><img src="data:,"></picture>
<picture><source media="all" srcset="URL 1x"><img></picture>
<input type=image src="URL">
<form><input type="image" src="URL"></form>
<body background="URL">
<table background="URL"><tr><td>x</table>
<table><tr><td background="URL">x</table>
<table><tr background="URL"><th background="URL">x</table>
<table><tbody background="URL"><tr><td>x</table>
<p style="background:url(URL)">x
<p style="background-image:url('URL')">x
<p style='background:#fff url("URL") no-repeat'>x
<p style="background:u\72l(URL)">x
<p style="b\61 ckground:\75 rl(URL)">x
<p style="background:/**/url(/**/URL)">x
<p style="background-image:image-set('URL' 1x)">x
<p style="background-image:-webkit-image-set(url(URL) 1x)">x
<p style="--x:url(URL);background:var(--x)">x
<p style="background:url(URL), url(URL)">x
<p style="background-image:-webkit-cross-fade(url(URL),url(URL),50%)">x
<p style="background-image:linear-gradient(red,red),url(URL)">x
<ul><li style="list-style-image:url(URL)">x</ul>
<ul style="list-style:square url(URL)"><li>x</ul>
<p style="border:9px solid;border-image:url(URL) 30 round">x
<p style="border:9px solid;border-image-source:url(URL)">x
<p style="content:url(URL)">x
<p style="mask-image:url(URL)">x
<p style="-webkit-mask:url(URL)">x
<p style="-webkit-mask-box-image:url(URL)">x
<p style="filter:url(URL#f)">x
<p style="clip-path:url(URL#c)">x
<p style="float:left;width:9px;height:9px;shape-outside:url(URL)">x
<p style="-webkit-box-reflect:below 0 url(URL)">x
<p style="cursor:url(URL),auto">x
<style>@import url(URL);</style>
<style>@import "URL";</style>
<style>@\69mport 'URL';</style>
<style>body{background:url(URL)}</style>
<style>p:before{content:url(URL)}</style><p>x
<style>@font-face{font-family:f;src:url(URL)}p{font-family:f}</style><p>x
<style>@media all{p{background:url(URL)}}</style><p>x
<svg><style>*{background:url(URL)}</style></svg><p>x
<math><style>*{background:url(URL)}</style></math><p>x
<style><!-- p{background:url(URL)} --></style><p>x
<link rel=stylesheet href="URL">
<link rel="alternate stylesheet" href="URL" title=x>
<link rel=stylesheet media=print href="URL">
<link rel=preload as=image href="URL">
<link rel=preload as=style href="URL">
<link rel=preload as=font crossorigin href="URL">
<link rel=preload as=image imagesrcset="URL 1x">
<link rel=modulepreload href="URL">
<link rel=prefetch href="URL">
<link rel=prerender href="URL">
<link rel=manifest href="URL">
<link rel=preconnect href="PRECONNECT">
<iframe src="URL"></iframe>
<iframe srcdoc="<img src='URL'>"></iframe>
<iframe srcdoc="&lt;img src=URL&gt;"></iframe>
<iframe src="data:text/html,<img src='URL'>"></iframe>
<frameset><frame src="URL"></frameset>
<object data="URL"></object>
<object type="image/png" data="URL"></object>
<object data="data:text/html,<img src='URL'>"></object>
<embed src="URL">
<embed type="image/svg+xml" src="URL">
<video src="URL"></video>
<video poster="URL"></video>
<video autoplay><source src="URL"></video>
<audio src="URL" preload=auto></audio>
<audio controls><source src="URL"></audio>
<video src="data:," ><track default kind=captions src="URL"></video>
<meta http-equiv=refresh content="0;url=URL">
<meta http-equiv="refresh" content="0; URL='URL'">
<meta http-equiv="&#114;efresh" content="0;URL">
<base href="URL/"><img src="x">
<base href="HOST/"><p style="background:url(x)">x
<svg><image href="URL" width=9 height=9 /></svg>
<svg><image xlink:href="URL" width=9 height=9 /></svg>
<svg><use href="URL#a"></use></svg>
<svg><filter id=f><feImage href="URL"/></filter><rect width=9 height=9 filter="url(#f)"/></svg>
<svg><rect width=9 height=9 style="fill:url(URL#p)"/></svg>
<svg><rect width=9 height=9 mask="url(URL#p)"/></svg>
<svg><foreignObject width=9 height=9><img src="URL"></foreignObject></svg>
<svg><foreignObject><iframe src="URL"></iframe></foreignObject></svg>
<svg><image><set attributeName=href to="URL"/></image></svg>
<svg><image width=9 height=9><animate attributeName=href values="URL" dur=1s /></image></svg>
<svg><desc><img src="URL"></desc></svg>
<svg><title><img src="URL"></title></svg>
<math><mtext><img src="URL"></mtext></math>
<math><annotation-xml encoding="text/html"><img src="URL"></annotation-xml></math>
<noscript><p title="</noscript><img src=URL>">
<title><p title="</title><img src=URL>">
<textarea><p title="</textarea><img src=URL>">
<style><a title="</style><img src=URL>">
<xmp><p title="</xmp><img src=URL>">
<svg></p><style><a title="</style><img src=URL>">
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=URL&gt;">
<svg><![CDATA[><image href="URL"/>]]></svg>
<!--><img src="URL">-->
<!--[if gte mso 9]><img src="URL"><![endif]--><![if !mso]><img src="URL"><![endif]>
<div><![CDATA[<img src="URL">]]></div>
<listing><img src="URL"></listing>
<select><option><img src="URL"></select><img src="URL">
<table><img src="URL"><tr><td></table>
<marquee><img src="URL"></marquee>
<a href="x"><img src="URL" loading=eager fetchpriority=high></a>
<details open><summary><img src="URL"></summary></details>
<template><img src="URL"></template><img src="URL">
<div><template shadowrootmode=open><img src="URL"></template></div>
<script type=speculationrules>{"prefetch":[{"source":"list","urls":["URL"],"eagerness":"immediate"}]}</script>
<p style="background:url(&quot;URL&quot;)">x
<p style="color:red;}*{background:url(URL)">x
<p style="background:url(URL">x
<p style="font-family:'a\';background:url(URL);b">x
<p style="width:1px;background:URL(URL)">x
<img src="x" style="content:url(URL)">
<img align="x&quot; src=&quot;URL" src="URL">
<img alt="<img src='URL'>" src="URL">
""".strip().splitlines()

SCRIPTS = r"""
<script>(new Image).src='URL'</script>
<script src="URL"></script>
<script type=module>import 'URL'</script>
<img src=x onerror="this.src='URL';this.onerror=null">
<img src=x onerror=fetch('URL')>
<svg onload="fetch('URL')">
<svg/onload=fetch('URL')>
<svg><script>fetch('URL')</script></svg>
<svg><script href="URL"/></svg>
<svg><animate onbegin="fetch('URL')" attributeName=x dur=1s>
<svg><a><set attributeName=href to="javascript:fetch('URL')"/></a><animate onbegin=fetch('URL') attributeName=x dur=1s></svg>
<body onload="fetch('URL')">
<body onpageshow=fetch('URL')>
<iframe src="javascript:parent.fetch('URL')"></iframe>
<iframe srcdoc="<script>fetch('URL')</script>"></iframe>
<iframe src="data:text/html,<script>fetch('URL',{mode:'no-cors'})</script>"></iframe>
<iframe src="java&#9;script:parent.fetch('URL')"></iframe>
<iframe src="&#x6a;avascript:parent.fetch('URL')"></iframe>
<object data="javascript:parent.fetch('URL')"></object>
<object data="data:text/html,<script>fetch('URL',{mode:'no-cors'})</script>"></object>
<embed src="javascript:fetch('URL')">
<input autofocus onfocus=fetch('URL')>
<details open ontoggle=fetch('URL')>
<video><source onerror=fetch('URL')></video>
<audio src=x onerror=fetch('URL')>
<marquee onstart=fetch('URL')>x</marquee>
<style onload=fetch('URL')></style>
<link rel=stylesheet href="data:text/css," onload=fetch('URL')>
<meta http-equiv=refresh content="0;javascript:fetch('URL')">
<p style="animation:x 1s" onanimationstart=fetch('URL')><style>@keyframes x{}</style>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=fetch('URL')&gt;">
<noscript><p title="</noscript><img src=x onerror=fetch('URL')>">
<svg></p><style><a id="</style><img src=1 onerror=fetch('URL')>">
<form><math><mtext></form><form><mglyph><style></math><img src onerror=fetch('URL')>
<svg><desc><img src=x onerror=fetch('URL')></desc></svg>
<table><td><style><svg><p title="</style><img src=x onerror=fetch('URL')>">
<a href="#" title="x"autofocus tabindex=1 onfocus=fetch('URL')>x</a>
<img/src=x/onerror=fetch('URL')>
<img src=x on&#101;rror=fetch('URL') OnError=fetch('URL')>
""".strip().splitlines()


class Server(http.server.ThreadingHTTPServer):
    """Serves the mails in each way, and remembers what was hit: ``{(way, number)}``."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.hits = set()
        self.cookies = {}
        self.pages = {}
        self.connected = set()

    def handle_error(self, request, client_address):
        """The browser closes connections as it likes; nobody needs to read about it."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        """Silence."""

    def do_GET(self):
        path = self.path.strip("/").split("?")[0].split("/")
        if path[0] == "hit":
            self.server.hits.add((path[1], int(path[2])))
            return self._answer(PNG, {"Content-Type": "image/png"})
        if path[0] == "inline":
            self.server.cookies[path[1]] = self.headers.get("Cookie")
            return self._answer(PNG, {"Content-Type": "image/png"})
        if path[0] == "slow":
            time.sleep(LINGER)
            return self._answer(PNG, {"Content-Type": "image/png"})
        body, headers = self.server.pages.get(self.path, ("", {}))
        return self._answer(body.encode("utf-8", "replace"), {"Content-Type": "text/html; charset=utf-8", **headers})

    def _answer(self, body, headers):
        self.send_response(200)
        for name, value in {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@unittest.skipUnless(CHROMIUM, "no Chromium on this machine: what a browser really loads was not tested")
class TestRemote(unittest.TestCase):
    """One browser run shows every mail in every way; the tests read the server's memory."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.server_close)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.shutdown)
        cls.host = f"127.0.0.1:{cls.server.server_port}"
        # Another origin, though the same server.
        cls.foreign = f"localhost:{cls.server.server_port}"
        frames = [cls.add_inline_page()]
        for number, mail in enumerate(REMOTE + SCRIPTS):
            for way, headers, sandbox in (("raw", {}, None), ("framed", frame_headers(), SANDBOX)):
                body = f"<!DOCTYPE html>{cls.fill(mail, way, number)}"
                frames.append(cls.add_page(f"/{way}/{number}", body, headers, sandbox))
        frames.append(cls.add_page("/clean", f"<!DOCTYPE html>{cls.sanitised('clean', False)}"))
        consented = frame_document(cls.sanitised("allowed", True), allow_remote_images=True)
        frames.append(cls.add_page("/allowed", consented, frame_headers(True), SANDBOX))
        cls.add_page("/", "".join(frames) + '<img src="/slow">', {"Set-Cookie": "session=1; SameSite=Lax; HttpOnly"})
        with tempfile.TemporaryDirectory() as profile:
            cls.dom = subprocess.run(
                [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", f"http://{cls.host}/"],
                capture_output=True, text=True, timeout=90, check=False).stdout

    @classmethod
    def fill(cls, mail, way, number):
        """Put addresses in; the preconnect mail gets a port of its own, where any connection counts."""
        if "PRECONNECT" in mail:
            mail = mail.replace("PRECONNECT", cls.listen(way, number))
        bare = f"{cls.foreign}/hit/{way}/{number}"
        return mail.replace("URL", f"http://{bare}").replace("HOST", f"//{bare}").replace("BARE", bare)

    @classmethod
    def listen(cls, way, number):
        listener = socket.create_server(("127.0.0.1", 0))
        cls.addClassCleanup(listener.close)

        def accept():
            try:
                listener.accept()[0].close()
            except OSError:
                return
            cls.server.connected.add((way, number))

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    @classmethod
    def add_page(cls, path, body, headers=None, sandbox=None):
        cls.server.pages[path] = (body, headers or {})
        attribute = "" if sandbox is None else f' sandbox="{sandbox}"'
        return f'<iframe width=40 height=20 src="{path}"{attribute}></iframe>'

    @classmethod
    def sanitised(cls, way, allow):
        """All mails in one document: what comes out of the sanitiser is closed, and each hit carries its number."""
        return "".join(sanitize_html(cls.fill(mail, way, number), allow_remote_images=allow).html
                       for number, mail in enumerate(REMOTE + SCRIPTS))

    @classmethod
    def add_inline_page(cls):
        """Inline images: the server's own (by 'self' and by prefix) and an embedded one."""
        html = '<img src="/inline/relative">' f'<img src="http://{cls.host}/inline/absolute">'
        prefixed = f'<img src="http://{cls.host}/inline/prefixed"><img src="http://{cls.host}/hit/prefix/0">'
        prefix = f"http://{cls.host}/inline/"
        return (
            cls.add_page("/own", frame_document(html + f'<img src="{data_uri("image/png", PNG)}">'), frame_headers(), SANDBOX)
            + cls.add_page("/prefix", frame_document(prefixed, images_from=prefix), frame_headers(False, prefix), SANDBOX)
            + f'<iframe sandbox="{SANDBOX}" srcdoc="'
            + escape(frame_document(f'<img src="http://{cls.host}/inline/srcdoc"><img src="http://{cls.foreign}/hit/srcdoc/0">',
                                    images_from=prefix)) + '"></iframe>')

    def loaded(self, way, mails):
        first = 0 if mails is REMOTE else len(REMOTE)
        hits = self.server.hits | self.server.connected
        return [mail for number, mail in enumerate(mails, first) if (way, number) in hits]

    def test_corpus_is_real(self):
        self.assertIn("</html>", self.dom, "Chromium did not finish")
        self.assertGreaterEqual(len(REMOTE), 70)
        self.assertGreaterEqual(len(self.loaded("raw", REMOTE)), 100, "most tricks must work on an unprotected page")
        self.assertGreaterEqual(len(self.loaded("raw", SCRIPTS)), 20)

    def test_sanitised_mail_loads_nothing(self):
        self.assertEqual(self.loaded("clean", REMOTE), [])

    def test_sanitised_mail_runs_nothing(self):
        self.assertEqual(self.loaded("clean", SCRIPTS), [])

    def test_framed_raw_mail_loads_nothing(self):
        # No policy governs connections opened in advance (no request is sent on them): the first wall takes <link> away.
        self.assertEqual([mail for mail in self.loaded("framed", REMOTE) if "preconnect" not in mail], [])

    def test_framed_raw_mail_runs_nothing(self):
        self.assertEqual(self.loaded("framed", SCRIPTS), [])

    def test_consent_loads_images_only(self):
        loaded = self.loaded("allowed", REMOTE)
        self.assertIn('<img src="URL">', loaded)
        self.assertIn("<IMG SRC = URL >", loaded)
        for mail in loaded:
            self.assertRegex(mail.lower(), r"<im(g|age) ", mail)
        self.assertEqual(self.loaded("allowed", SCRIPTS), [])

    def test_inline_images(self):
        self.assertEqual(set(self.server.cookies), {"relative", "absolute", "prefixed", "srcdoc"})
        self.assertFalse({("srcdoc", 0), ("prefix", 0)} & self.server.hits)

    def test_frame_sends_no_cookie(self):
        # The reason why inline images are embedded or carry a signed right: the session does not come along.
        self.assertEqual(set(self.server.cookies.values()), {None})

    def test_policy_words(self):
        policy = content_security_policy()
        self.assertNotIn("http", policy)
        self.assertNotIn("allow-scripts", policy)
        self.assertNotIn("allow-same-origin", policy)


if __name__ == "__main__":
    unittest.main()
