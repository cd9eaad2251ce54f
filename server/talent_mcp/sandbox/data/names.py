"""Common given and family names by country, in their own script with a Latin spelling for handles."""

LOCAL_NAMES: dict[str, tuple[str, str]] = {
    "gb": (
        "Amelia Oliver Isla Harry Freya Rhys Niamh Callum Imogen Tobias Priya Declan",
        "Ashdown Birchall Cotterill Dunmore Everleigh Farnsby Garrowby Hesketh Ilkeston Thornby",
    ),
    "us": (
        "Harper Mason Avery Logan Riley Jordan Quinn Parker Skyler Rowan Dakota Marisol",
        "Abernathy Brockwell Calloway Drummond Ellsworth Fairbank Goodspeed Holloway Kingsley Lattimer",
    ),
    "de": (
        "Jürgen Käthe Lüder Anneliese Björn Sören Grete Matthäus Ursel Günther Änne Felix",
        "Müllerbach Schönfelder Großkreuz Weißhaupt Köhlermann Jägersfeld Brückner Löwenherz Straußberg",
    ),
    "fr": (
        "Chloé Étienne Aurélie François Gaël Hélène Jérôme Léonie Noël Océane Théo Zoé",
        "Beauséjour Châtelain Desprès Forêtier Grandmaître Lefèvrier Montségur Pâquerin Rivière Tréville",
    ),
    "es": (
        "Íñigo Begoña Martín Lucía Sebastián Inés Álvaro Concepción",
        "Peñalver Muñozar Ibáñezca Aragonés Quiñonera Zúñigal Núñezca Castañar",
    ),
    "it": (
        "Niccolò Beatrice Giosuè Ludovica Ettore Chiara",
        "Bellarosa Cortesani Forticelli Montebianco Pratolini Valdossola",
    ),
    "nl": (
        "Joost Sanne Daniël Femke Coen Loïs",
        "Waterlander Grachtveld Molenaarse Duinhoven Polderman Zeewijk",
    ),
    "pl": (
        "Zofia Łukasz Małgorzata Wojciech Agnieszka Świętosława",
        "Brzęczyński Żółtowska Kościański Łąkowski Gałązka Śliwczyński",
    ),
    "se": ("Åsa Björn Örjan Märta Göran Elsa", "Sjöstrand Ängsmark Lövgrensson Fjällberg Håkanström Öhrn"),
    "cz": (
        "Jiří Markéta Ondřej Zdeňka Tomáš Růžena",
        "Dvořáček Křížová Šťastnýk Hlavičková Čermáček Žďárský",
    ),
    "br": (
        "João Conceição Antônio Flávia Íris Caetano",
        "Araújoso Magalhãesa Gusmãoz Falcãoni Brandãoli Simõesta",
    ),
}

# given names | family names, each as native=latin
OTHER_SCRIPTS: dict[str, tuple[str, str]] = {
    "ua": (
        "Олена=olena Тарас=taras Ганна=hanna Юрій=yurii Марія=mariia Богдан=bohdan",
        "Шевченчук=shevchenchuk Ковальчин=kovalchyn Мельниченко=melnychenko Їжакевич=yizhakevych",
    ),
    "bg": (
        "Христо=hristo Калина=kalina Борис=boris Цветана=tsvetana Димитър=dimitar Яна=yana",
        "Стояновски=stoyanovski Петканова=petkanova Железаров=zhelezarov Щерева=shtereva",
    ),
    "gr": (
        "Αθηνά=athina Γιώργος=giorgos Ελένη=eleni Κώστας=kostas Χρυσάνθη=chrysanthi Νίκος=nikos",
        "Παπαδόγλου=papadoglou Θαλασσινός=thalassinos Αμπελάκη=ampelaki Κυπαρίσσης=kyparissis",
    ),
    "ae": (
        "ليلى=layla عمر=omar فاطمة=fatima يوسف=yousef نورة=noura خالد=khalid",
        "النخلاوي=alnakhlawi الصحراوي=alsahrawi البحّار=albahhar الواحاتي=alwahati",
    ),
    "il": (
        "נועה=noa איתן=eitan תמר=tamar אורי=uri שירה=shira גיל=gil",
        "הרגליל=hargalil בןנחל=bennahal אלוןצפון=alontzafon כרמלינסקי=karmelinski",
    ),
    "cn": (
        "晓雨=xiaoyu 子轩=zixuan 美玲=meiling 浩然=haoran 雪梅=xuemei 建国=jianguo",
        "欧阳=ouyang 林=lin 慕容=murong 司徒=situ",
    ),
    "jp": (
        "さくら=sakura 健太=kenta 美穂=miho 大輔=daisuke 陽子=yoko 蓮=ren",
        "青空野=aozorano 霧ヶ丘=kirigaoka 花村=hanamura 月影=tsukikage",
    ),
    "in": (
        "अनन्या=ananya रोहित=rohit मीरा=meera विक्रम=vikram काव्या=kavya अर्जुन=arjun",
        "सागरवाल=sagarwal हिमानी=himani नदीकर=nadikar वनराज=vanraj",
    ),
}

FAMILY_FIRST = frozenset({"cn", "jp"})
