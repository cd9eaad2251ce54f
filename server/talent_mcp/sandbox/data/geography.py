"""Countries and regions: the ones people live in, and the ones a filter may name."""

COUNTRY_NAMES = {
    "gb": "United Kingdom",
    "de": "Germany",
    "fr": "France",
    "us": "United States",
    "es": "Spain",
    "it": "Italy",
    "nl": "Netherlands",
    "pl": "Poland",
    "se": "Sweden",
    "cz": "Czechia",
    "ua": "Ukraine",
    "bg": "Bulgaria",
    "gr": "Greece",
    "ae": "United Arab Emirates",
    "il": "Israel",
    "cn": "China",
    "jp": "Japan",
    "in": "India",
    "br": "Brazil",
}

ISO_3166 = (
    "ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs "
    "bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee "
    "eg eh er es et fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm "
    "hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc "
    "li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na "
    "nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw "
    "sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to "
    "tr tt tv tw tz ua ug um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
COUNTRIES = frozenset(ISO_3166.split())

REGIONS = {
    "us": (
        "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH "
        "OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
    ),
    "gb": "ENG SCT WLS NIR",
    "de": "BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH",
    "fr": "ARA BFC BRE CVL COR GES HDF IDF NAQ NOR OCC PAC PDL",
    "es": "AN AR AS CB CE CL CM CN CT EX GA IB MC MD ML NC PV RI VC",
    "it": "21 23 25 32 34 36 42 45 52 55 57 62 65 67 72 75 77 78 82 88",
    "nl": "DR FL FR GE GR LI NB NH OV UT ZE ZH",
    "pl": "DS KP LB LD LU MA MZ OP PD PK PM SK SL WN WP ZP",
    "se": "AB AC BD C D E F G H I K M N O S T U W X Y Z",
    "cz": "10 20 31 32 41 42 51 52 53 63 64 71 72 80",
    "ua": "05 07 09 12 14 18 21 23 26 30 32 35 46 48 51 53 56 59 61 63 65 68 71 74 77",
    "bg": "01 02 03 04 16 22 23",
    "gr": "A B C D E F G H I J K L M",
    "ae": "AJ AZ DU FU RK SH UQ",
    "il": "D HA JM M TA Z",
    "cn": "BJ GD JS SC SH TJ ZJ",
    "jp": "01 13 14 23 26 27 28 40",
    "in": "DL GJ KA MH TN TS WB",
    "br": "BA CE DF MG PE PR RJ RS SC SP",
}
REGION_KEYS = frozenset((country, code) for country, codes in REGIONS.items() for code in codes.split())
