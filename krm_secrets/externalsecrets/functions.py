"""The functions that a template of External Secrets may call, and those that would change a Secret at every refresh.

Engine v2 takes the text functions of sprig, leaves out three, and adds its own; a test asks the engine itself.
"""

from __future__ import annotations

from krm_secrets.errors import did_you_mean

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


GO = _names("and call eq ge gt html index js le len lt ne not or print printf println slice urlquery")
"""Built into Go's text/template."""

ENGINE = _names(
    """
    abbrev abbrevboth add add1 add1f addf adler32sum ago all any append atoi b32dec b32enc b64dec b64enc base
    bcrypt biggest buildCustomCert camelcase cat ceil chunk clean coalesce compact concat contains date
    date_in_zone date_modify dateInZone dateModify decryptAES deepCopy deepEqual default derivePassword dict dig
    dir div divf duration durationRound empty encryptAES ext fail filterCertChain filterPEM first float64 floor
    fromJson fromYaml fullPemToPkcs12 fullPemToPkcs12Pass genCA genCAWithKey genPrivateKey genSelfSignedCert
    genSelfSignedCertWithKey genSignedCert genSignedCertWithKey get has hasKey hasPrefix hasSuffix hello htmlDate
    htmlDateInZone htpasswd indent initial initials int int64 isAbs join jwkPrivateKeyPem jwkPublicKeyPem
    kebabcase keys kindIs kindOf last list lower max maxf merge mergeOverwrite min minf mod mul mulf
    must_date_modify mustAppend mustChunk mustCompact mustDateModify mustDeepCopy mustFirst mustFromJson mustHas
    mustInitial mustLast mustMerge mustMergeOverwrite mustPrepend mustPush mustRegexFind mustRegexFindAll
    mustRegexMatch mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit mustRest mustReverse mustSlice
    mustToDate mustToJson mustToPrettyJson mustToRawJson mustUniq mustWithout nindent nospace now omit osBase
    osClean osDir osExt osIsAbs pemToPkcs12 pemToPkcs12Pass pick pkcs12cert pkcs12certPass pkcs12key pkcs12keyPass
    pluck plural prepend push quote randAlpha randAlphaNum randAscii randBytes randInt randNumeric regexFind
    regexFindAll regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit repeat replace rest
    reverse round semver semverCompare seq set sha1sum sha256sum sha512sum shuffle slice snakecase sortAlpha split
    splitList splitn squote sub subf substr swapcase ternary title toDate toDecimal toJson toPrettyJson toRawJson
    toString toStrings toYaml trim trimAll trimall trimPrefix trimSuffix trunc tuple typeIs typeIsLike typeOf uniq
    unixEpoch unset until untilStep untitle upper urlJoin urlParse uuidv4 values without wrap wrapWith
    """
)
"""Those of External Secrets 0.16, the first version with v1."""

ADDED = _names("certSANs hexdec pemTruststoreToPKCS12 pemTruststoreToPKCS12Pass rsaDecrypt")
"""What came later, until 2.9."""

KNOWN = GO | ENGINE | ADDED

_REMOVED = _names("env expandenv getHostByName")
_HELM = _names("include tpl required lookup toToml fromToml fromJsonArray fromYamlArray toYamlPretty")

_CLOCK = _names("ago now")
_SALTED = _names(
    "bcrypt encryptAES htpasswd pemToPkcs12 pemToPkcs12Pass fullPemToPkcs12 fullPemToPkcs12Pass pemTruststoreToPKCS12"
    " pemTruststoreToPKCS12Pass"
)
_RANDOM = _names(
    "genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey"
    " randAlpha randAlphaNum randAscii randBytes randInt randNumeric shuffle uuidv4"
)
VOLATILE = _CLOCK | _SALTED | _RANDOM
"""What gives something else each time it is called with the same arguments."""

_UNORDERED = frozenset(("keys", "values"))
"""What lists the fields of a map in an order that changes."""
_ORDERING = _names("has len mustHas sortAlpha")
"""After which that order no longer shows."""


def unknown(name: str) -> str:
    """What is wrong with calling this; the name itself stays out, since it may be a secret that was meant as text."""
    if name in _REMOVED:
        return f"External Secrets has taken {name} out of its templates"
    if name in _HELM:
        return f"{name} is a function of Helm, which External Secrets does not have"
    hint = did_you_mean(name, KNOWN) or "; fetched data starts with a dot, text stands in quotes"
    return f"External Secrets knows no such function{hint}"


def volatile(name: str, interval: str, once: str = "policy: CreatedOnce") -> str:
    """What a function does in what is rendered again at this interval, and how to say that it is rendered once."""
    what = "finished value" if name in _SALTED else "value"
    return (
        f"{name} gives something else at every refresh, so that what uses the Secret would restart every {interval}:"
        f" keep the {what} in the store, or render it once with {once}"
    )


def pushed(name: str, interval: str) -> str:
    """What such a function does in what is pushed into a store again at this interval, and what keeps it from that."""
    return (
        f"{name} gives something else at every refresh, so that a new version is pushed every {interval}: keep the"
        " finished value in the Secret, or push it once with updatePolicy: IfNotExists"
    )


def changing(calls: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Those of the calls, each with its place, whose results change from one rendering to the next."""
    calls = list(calls)
    ordered = any(name in _ORDERING for name, _ in calls)
    return [call for call in calls if call[0] in VOLATILE or (call[0] in _UNORDERED and not ordered)]


def unordered(name: str) -> str:
    """What to know about a function that lists a map."""
    return f"{name} lists a map in an order that changes at every refresh: add | sortAlpha"
