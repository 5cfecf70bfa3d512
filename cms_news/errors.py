"""What can go wrong, by name. Services raise these; doors translate them. Imports nothing."""

from collections.abc import Mapping
from typing import Any


def gettext_noop(text: str) -> str:
    """Return `text` as it is, marked for the message catalogue; a door translates it when it shows it."""
    return text


class NewsError(Exception):
    """Anything this app raises on purpose.

    `template` is the untranslated message in `str.format` syntax and `params` its values, so that a
    door can show it in the reader's language: `gettext(error.template).format(**error.params)`.
    """

    def __init__(self, template: str, /, **params: Any) -> None:
        super().__init__(template, params)
        self.template = template
        self.params = params

    def __str__(self) -> str:
        return self.template.format(**self.params)

    @property
    def reason(self) -> str:
        """What was wrong, without the place."""
        return str(self)

    def as_dict(self) -> dict[str, Any]:
        """Return what `recall_error` makes the error of again, as JSON values."""
        return {"template": self.template, "params": _json_values(self.params)}

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions travel between processes by their positional arguments, which ours do not have.
        return _rebuild, (type(self), self.template, self.params, self.__dict__)


def _json_values(params: Mapping[str, Any]) -> dict[str, Any]:
    kept = str | int
    return {
        name: value if isinstance(value, kept) else str(value) for name, value in params.items()
    }


def _rebuild(
    kind: type[NewsError], template: str, params: dict[str, Any], state: dict[str, Any]
) -> NewsError:
    error = kind.__new__(kind, template)
    error.__dict__.update(state)
    error.args = (template, params)
    return error


class DocumentError(NewsError):
    """A file that can't be understood: `line` counts from 1 in the file, `key` is the front-matter key."""

    def __init__(
        self, template: str, /, *, line: int | None = None, key: str = "", **params: Any
    ) -> None:
        super().__init__(template, **params)
        self.line = line
        self.key = key

    @property
    def reason(self) -> str:
        """What was wrong, without the line: `date: "2024-13-01" is not a date; ...`."""
        text = super().__str__()
        return f"{self.key}: {text}" if self.key else text

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "key": self.key}


def recall_error(said: Mapping[str, Any]) -> NewsError | None:
    """Return the error that `as_dict` said, without its line; None where `said` holds none."""
    if "template" not in said:
        return None
    template, params = said["template"], said.get("params", {})
    return (
        DocumentError(template, key=said["key"], **params)
        if said.get("key")
        else NewsError(template, **params)
    )


class HtmlLimitError(NewsError):
    """HTML that no sanitiser is given, because it exceeds a limit of the policy."""


class VersionConflictError(NewsError):
    """Somebody else saved the article since the version that this write is based on."""


class SettingError(NewsError):
    """A value in CMS_NEWS that can't be used; the system checks name it before anything runs."""
