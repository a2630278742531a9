"""A page taken apart by the standard library's parser, which must find every tag closed."""

from html.parser import HTMLParser

_VOID = {"meta", "br", "link", "img", "input", "hr", "base"}


class Page(HTMLParser):
    """The elements of a page as (tag, attributes), and its text outside of style sheets."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.elements = []
        self.text = ""
        self._open = []
        self.feed(source)
        self.close()
        assert self._open == [], f"never closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1] == tag, f"</{tag}> closes <{self._open[-1]}>"
        self._open.pop()

    def handle_data(self, data):
        if "style" not in self._open:
            self.text += data

    def all(self, tag):
        return [attributes for found, attributes in self.elements if found == tag]

    def of_class(self, name):
        return [a for _, a in self.elements if name in a.get("class", "").split()]
