# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""Holds a page against what HTML and its readers ask for: page.py FILE.html

Elements are closed in order, identities are unique, nothing comes from elsewhere and no script runs; pictures
have a text, drawings a title, tables a caption, their headings a scope.
"""
import html.parser
import sys

EMPTY = {"meta", "br", "img", "link", "hr", "input"}
SHAPES = {"path", "line", "circle", "text", "rect"}
FORBIDDEN = {"script", "link", "iframe", "object", "embed", "base", "form", "applet"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.seen, self.identities = [], [], {}, set()

    def fault(self, text):
        self.faults.append(f"line {self.getpos()[0]}: {text}")

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        values = dict(attributes)
        self.seen[tag] = self.seen.get(tag, 0) + 1
        if len(set(names)) != len(names):
            self.fault(f"<{tag}> has an attribute twice")
        if tag in FORBIDDEN or any(name.startswith("on") for name in names):
            self.fault(f"<{tag} {names}> may run or fetch something")
        for name in ("src", "href", "data", "action"):
            if name in values and not values[name].startswith("data:image/png;base64,"):
                self.fault(f"<{tag}> takes {values[name]!r} from elsewhere")
        if "id" in values and values["id"] in self.identities:
            self.fault(f"the id {values['id']} is there twice")
        self.identities.add(values.get("id"))
        if tag == "img" and not values.get("alt"):
            self.fault("a picture has no text")
        if tag == "th" and "scope" not in values:
            self.fault("a heading of a table has no scope")
        if tag not in EMPTY:
            self.open.append([tag, set()])
        for element, children in self.open[:-1]:
            children.add(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag in SHAPES:
            self.open.pop()
        elif tag not in EMPTY:
            self.fault(f"<{tag}/> does not end itself")

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.fault(f"</{tag}> ends nothing, open are {[name for name, _ in self.open]}")
            return
        _, children = self.open.pop()
        for inside, outside in (("title", "svg"), ("caption", "table"), ("figcaption", "figure")):
            if tag == outside and inside not in children:
                self.fault(f"a <{outside}> lacks its <{inside}>")


page = Page()
text = open(sys.argv[1], encoding="utf-8").read()
page.feed(text)
page.close()
if not text.startswith("<!DOCTYPE html>\n"):
    page.fault("no document type")
if page.open:
    page.fault(f"not closed: {page.open}")
for tag in ("title", "main", "h1", "style"):
    if not page.seen.get(tag):
        page.fault(f"no <{tag}>")
if any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
    page.fault("control characters")
print("\n".join(page.faults), end="")
sys.exit(bool(page.faults))
