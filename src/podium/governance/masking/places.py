"""Where somebody lives: streets with a number, post boxes, and codes of places behind a word."""

from podium.governance.masking.rules import Rule, shape

_ENDS = (
    r"(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq"
    r"|terrace|ter|way|close|crescent|cres|parkway|pkwy|highway|hwy|circle|cir|trail|trl|gardens"
    r"|grove|mews|row|hill|rise|walk|plaza|pike|loop|alley|ridge|village|viaduct|extension)"
)
# Source: USPS, Publication 28, appendix C1.
_SELDOM = (
    r"(?:annex|bayou|beach|bend|bluff|branch|bridge|brook|bypass|camp|canyon|cape|causeway|center"
    r"|centre|cliff|common|corner|court|cove|creek|crest|crossing|dale|divide|estate|expressway|falls"
    r"|ferry|field|ford|forest|forge|fork|fort|freeway|garden|gateway|glen|green|harbor|haven|heights"
    r"|hollow|inlet|island|junction|knoll|lake|landing|mall|manor|meadow|mill|mission|motorway|mount"
    r"|mountain|neck|orchard|oval|overpass|park|pass|passage|path|pine|plain|point|port|prairie|ranch"
    r"|rapid|river|route|run|shoal|shore|skyway|spring|spur|station|stream|summit|throughway|trace"
    r"|track|tunnel|turnpike|underpass|union|valley|view|vista|wall|well)"
)
_WORD = r"[A-Z][\w'\u2019.\-]{1,24}"
_UNIT = (
    r"(?:,? (?:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|building|bldg)\.? ?#?\w{1,6}"
    r"|,? #\w{1,6})?"
)

RULES: tuple[Rule, ...] = (
    # 221B Baker Street, Apt 4. The words are capitals, the number stands before them.
    shape(
        "address",
        r"[0-9](?<![\w.,\-/$€£][0-9])[0-9]{0,5}[A-Za-z]?(?:-[0-9]{1,5})?,? "
        rf"(?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.? )?(?:{_WORD} ){{1,3}}"
        rf"(?i:{_ENDS})\b\.?(?i:{_UNIT})",
    ),
    # The rarer words of the postal service's list, behind a number of two digits or more.
    shape(
        "address",
        r"[0-9](?<![\w.,\-/$€£][0-9])[0-9]{1,5}[A-Za-z]? "
        rf"(?:{_WORD} ){{1,3}}(?i:{_SELDOM}s?)\b(?i:{_UNIT})",
    ),
    # Hauptstraße 12a, Rosenweg 3: German and Dutch words that end in what they are.
    shape(
        "address",
        r"(?<![\w])[A-ZÄÖÜ][\w\-]{2,40}?(?i:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|damm|ufer|ring"
        r"|straat|laan|dreef|plein|hof|steeg|pad|baan|kade|gracht|singel)"
        r" [0-9]{1,4} ?[a-z]?(?![\w,.]?[0-9])(?!\w)",
    ),
    # 12, rue de la Paix; via Roma 7; calle Mayor 3; Rua Augusta 12.
    shape(
        "address",
        r"(?i)[0-9](?<![\w.,\-/][0-9])[0-9]{0,3}(?: ?(?:bis|ter))?,? "
        r"(?:rue|avenue|boulevard|place|impasse|chemin|quai|allée) "
        r"(?:(?:de|du|des|la|le|les|l'|d') ?){0,3}"
        rf"(?-i:{_WORD})(?: (?-i:{_WORD})){{0,2}}",
        needs=("rue", "avenue", "boulevard", "place", "impasse", "chemin", "quai", "all"),
    ),
    shape(
        "address",
        r"(?<!\w)(?i:via|viale|piazza|corso|vicolo|largo|strada|contrada|borgo|rotonda|calle|avenida"
        r"|paseo|plaza|camino|ronda|cuesta|pasaje|glorieta|rua|travessa|ul\.|ulica|al\.|aleja|plac)"
        rf"(?: (?i:de|del|della|dei|la|los|las|da|do|dos))?(?: {_WORD}){{1,4}},? (?i:n\.? ?)?"
        r"[0-9]{1,4}[a-zA-Z]?(?:/[0-9]{1,4})?(?![\w])",
        needs=(
            *(
                "via",
                "piazza",
                "corso",
                "vicolo",
                "largo",
                "strada",
                "contrada",
                "borgo",
                "rotonda",
            ),
            *(
                "calle",
                "avenida",
                "paseo",
                "plaza",
                "camino",
                "ronda",
                "cuesta",
                "pasaje",
                "glorieta",
            ),
            *("rua", "travessa", "ul.", "ulica", "al.", "aleja", "plac"),
        ),
    ),
    shape(
        "address",
        r"(?i)(?<!\w)p\.? ?o\.? ?box [0-9]{1,6}(?!\w)",
        needs=("box",),
    ),
    # A ZIP code counts behind the state that it is in, or the word itself.
    shape(
        "postcode",
        r"(?<!\w)(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA"
        r"|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]) (?P<v>[0-9]{5}(?:-[0-9]{4})?)(?![\w\-])",
    ),
    shape(
        "postcode",
        r"(?i)\b(?:zip(?: ?code)?|post(?:al)? ?code|plz|cap|cp)\b[ :=#]{0,3}(?:is )?"
        r"(?P<v>[0-9]{4,5}(?:-[0-9]{4})?)(?![\w\-])",
        needs=("zip", "post", "plz", "cap", "cp"),
    ),
)
