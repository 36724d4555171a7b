"""What the demo is called: invented names, in several scripts. Keys are ASCII.

Whoever recognises a real artist, track or label in here should rename it.
"""

from __future__ import annotations

ENGLISH = "english"

GENRES = {
    "boom-bap": "Boom Bap",
    "trap": "Trap",
    "lo-fi": "Lo-fi",
    "house": "House",
    "drill": "Drill",
    "rnb": "R&B",
    "afrobeats": "Afrobeats",
    "drum-and-bass": "Drum & Bass",
    "amapiano": "Amapiano",
    "synthwave": "Synthwave",
    "ambient": "Ambient",
    "jersey-club": "Jersey Club",
}

# By the language that they call their beats in: handle → name.
PRODUCERS = {
    ENGLISH: {
        "mosswell": "Mosswell",
        "ottoline-vex": "Ottoline Vex",
        "brasskettle": "Brasskettle",
        "dj-tangentia": "DJ Tangentia",
        "kilowatt-aunt": "Kilowatt Aunt",
        "pim-verhagel": "Pim Verhagel",
        "low-tide-ledger": "Low Tide Ledger",
        "nana-subwoofa": "Nana Subwoofa",
        "greyscale-gus": "Greyscale Gus",
        "the-damp-choir": "The Damp Choir",
        "two-left-faders": "Two Left Faders",
        "professor-halfstep": "Professor Halfstep",
        "hexpigeon": "hexpigeon",
        "larkspool": "Larkspool",
        "nightjar-depot": "Nightjar Depot",
        "fennimore-daughters": "Fennimore & Daughters",
        "umberline": "UMBERLINE",
        "captain.sidechain": "Captain Sidechain",
        "rooftop-sundries": "Rooftop Sundries",
        "yusra-ninefold": "Yusra Ninefold",
        "kwabena-ohmfield": "Kwabena Ohmfield",
        "mbali-thundasi": "Mbali Thundasi",
        "folasade-khz": "Folasade kHz",
        "tevita-lowlight": "Tevita Lowlight",
        "crumb_theory": "crumb_theory",
    },
    "portuguese": {
        "joao-semaforo": "João Semáforo",
    },
    "polish": {
        "zofia-szelest": "Zofia Szeleścik",
    },
    "french": {
        "noemie-rouage": "Noémie Rouage",
    },
    "turkish": {
        "orsan-kivilcim": "Örsan Kıvılcım",
    },
    "norwegian": {
        "asa-fjordlund": "Åsa Fjordlund",
        "hakon-drivved": "Håkon Drivved",
    },
    "vietnamese": {
        "tuan-mua-dem": "Tuấn Mưa Đêm",
    },
    "hungarian": {
        "gabor-zorej": "Gábor Zörej",
    },
    "czech": {
        "ludvik-bzukot": "Ludvík Bzukot",
    },
    "irish": {
        "siobhan-rusk": "Siobhán Rusk",
    },
    "spanish": {
        "marisol-bajon": "Marisol Bajón",
        "senor-ferrita": "Señor Ferrita",
        "8bit-abuela": "8-bit Abuela",
    },
    "german": {
        "wendeltreppe9": "Wendeltreppe 9",
    },
    "japanese": {
        "yofukashi-denki": "夜更かし電機",
        "minato-cassette": "ミナト・カセット",
        "amayadori-danchi": "雨宿り団地",
        "nekoze-modular": "ねこ背モジュラー",
    },
    "korean": {
        "saebyeok-bunsik": "새벽분식",
        "euljiro-tube": "을지로 진공관",
        "hanui-tape": "하늬 테이프",
    },
    "chinese": {
        "lingchen-bianlidian": "凌晨便利店",
        "tiepi-wuding": "鐵皮屋頂",
        "man-chezhan": "慢车站",
    },
    "arabic": {
        "sath-aljiran": "سطح الجيران",
        "nour-almisad": "نور المصعد",
    },
    "hebrew": {
        "rehov-tsdadi": "רחוב צדדי",
        "meavrer-tikra": "מאוורר תקרה",
    },
    "cyrillic": {
        "tikhiy-podyezd": "Тихий Подъезд",
        "lampa-nakala": "Лампа Накала",
        "zoryana-luna": "Зоряна Луна",
    },
    "greek": {
        "nychterino-periptero": "Νυχτερινό Περίπτερο",
        "thaleia-vomvos": "Θάλεια Βόμβος",
    },
    "devanagari": {
        "chai-aur-808": "चाय और 808",
        "raat-ki-chhat": "रात की छत",
    },
}

# By language: slug → title. More beats than these are called from the words below.
TITLES = {
    ENGLISH: {
        "808-lullaby-for-a-fridge": "808 Lullaby for a Fridge",
        "140-in-slippers": "140 in Slippers",
        "strawberry-static": "Strawberry Static 🍓",
        "goodnight-vending-machine": "Goodnight, Vending Machine 🌙",
        "low-battery-love": "Low Battery Love 🪫",
        "smoke-alarm-neighbours-version": (
            "I Left the Oven On in 2014 and This Is What the Smoke Alarm Sounded Like Through "
            "Two Walls, a Choir Practice and the Rain (Neighbour’s Version)"
        ),
        "who-moved-my-hi-hat": "Who Moved My Hi-Hat?",
        "rent-is-due-riddim": "Rent Is Due Riddim",
        "untitled-final-final-3": "untitled_final_FINAL(3)",
        "dont-quantize-me": "don’t quantize me",
        "kick-drum-at-the-dentist": "Kick Drum at the Dentist",
        "auntie-said-turn-it-up": "Auntie Said Turn It Up",
        "jollof-at-midnight": "Jollof at Half Past Midnight",
        "load-shedding-log-drums": "Load-Shedding Log Drums",
        "taxi-rank-sunrise": "Taxi Rank Sunrise (Log Drum Mix)",
        "sixteen-bars-of-soup": "Sixteen Bars of Soup",
        "laundry-day-freestyle": "Laundry Day Freestyle",
        "the-lift-is-out-again": "The Lift Is Out Again",
    },
    "portuguese": {
        "domingo-no-elevador": "Domingo no elevador",
        "pao-na-chapa-120": "Pão na chapa, 120 BPM",
    },
    "polish": {
        "zolte-swiatlo": "Żółte światło",
        "ostatnia-winda": "Ostatnia winda",
    },
    "french": {
        "cafe-sans-sucre": "Café sans sucre",
        "a-lheure-du-laitier": "À l’heure du laitier",
        "pluie-sur-le-zinc": "Pluie sur le zinc",
    },
    "turkish": {
        "yarim-kalan-cay": "Yarım kalan çay",
        "vapur-gec-kaldi": "Vapur geç kaldı",
    },
    "norwegian": {
        "brodskive-ved-midnatt": "Brødskive ved midnatt",
        "trikk-til-endestasjonen": "Trikk til endestasjonen",
    },
    "vietnamese": {
        "mua-tren-mai-ton": "Mưa trên mái tôn",
        "hem-nho-hai-gio-sang": "Hẻm nhỏ, hai giờ sáng",
    },
    "hungarian": {
        "ejszakai-villamos-6": "Éjszakai villamos 6",
    },
    "czech": {
        "pulnocni-rohlik": "Půlnoční rohlík",
    },
    "irish": {
        "oiche-mhaith-a-bhus": "Oíche mhaith, a bhus",
    },
    "spanish": {
        "farola-rota": "Farola rota",
        "manana-sin-prisa": "Mañana sin prisa",
        "azotea-de-la-tia": "Azotea de la tía",
    },
    "german": {
        "kapitaenskajuete": "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüssel",
        "spaetkauf-sonate": "Spätkauf-Sonate",
        "nachtbus-n7": "Nachtbus N7",
    },
    "japanese": {
        "yoake-no-jihanki": "夜明けの自販機",
        "sanbansen-no-kaze": "三番線の風",
        "amaoto-repeat": "雨音リピート",
        "sentaku-biyori-loop": "洗濯日和ループ",
        "okujo-pool-1998": "屋上プール1998",
        "neko-to-teion": "猫と低音",
        "denchu-to-mikazuki": "電柱と三日月",
        "shinya-ramen-riron": "深夜ラーメン理論",
        "kasa-o-wasureta-futari": "傘を忘れたふたり",
        "danchi-no-hanabi": "団地の花火",
        "sato-hitotsu": "砂糖ひとつ、ミルクなし",
        "kotatsu-drill": "こたつドリル",
    },
    "korean": {
        "oktapbang-bulbit": "옥탑방 불빛",
        "makcha-nochin-bam": "막차 놓친 밤",
        "bi-oneun-setakso": "비 오는 세탁소",
        "neurin-elevator": "느린 엘리베이터",
        "saebyeok-ne-si-ramyeon": "새벽 네 시 라면",
        "golmok-kkeut-japangi": "골목 끝 자판기",
        "jeongi-jangpan": "전기장판",
        "gyul-kkaneun-sori": "귤 까는 소리",
    },
    "chinese": {
        "moban-ditie": "末班地铁",
        "yupeng-xia": "雨棚下",
        "louding-de-feng": "楼顶的风",
        "bingxiang-zai-changge": "冰箱在唱歌",
        "manyidian": "慢一点，再慢一点",
        "diqi-zhantai": "第七站台",
        "tie-chuanghua": "鐵窗花",
        "doujiang-liangdian": "豆浆，凌晨两点",
    },
    "arabic": {
        "qahwa-baad-nisf-allayl": "قهوة بعد نصف الليل",
        "sharia-bila-ishara": "شارع بلا إشارة",
        "matar-ala-azzujaj": "مطر على الزجاج",
        "almisad-alqadim": "المصعد القديم",
        "daw-ashshurfa": "ضوء الشرفة",
        "shay-binaana-808": "شاي بالنعناع 808",
    },
    "hebrew": {
        "otobus-aharon": "אוטובוס אחרון",
        "halon-larehov": "חלון פתוח לרחוב",
        "kafe-shtayim-balayla": "קפה שחור, שתיים בלילה",
        "mazgan-mekulkal": "מזגן מקולקל",
        "gag-zefet": "גג זפת",
    },
    "cyrillic": {
        "kipyatilnik": "Кипятильник",
        "balkon-na-yug": "Балкон на юг",
        "sneg-v-naushnikakh": "Снег в наушниках",
        "devyatyy-podyezd": "Девятый подъезд",
        "tramvay-do-depo": "Трамвай до депо",
        "chaynik-i-bas": "Чайник и бас",
        "svitlo-na-kukhni": "Світло на кухні о третій",
        "tykha-elektrychka": "Тиха електричка",
    },
    "greek": {
        "kafes-sto-balkoni": "Καφές στο μπαλκόνι",
        "leoforeio-040": "Λεωφορείο 040",
        "taratsa-avgousto": "Ταράτσα, Αύγουστο",
        "alati-kai-baso": "Αλάτι και μπάσο",
        "anemistiras": "Ο ανεμιστήρας",
    },
    "devanagari": {
        "chhat-par-barish": "छत पर बारिश",
        "aadhi-raat-ki-chai": "आधी रात की चाय",
        "teesri-gali": "तीसरी गली",
        "dheemi-local": "धीमी लोकल",
        "bijli-gul": "बिजली गुल",
        "purana-radio": "पुराना रेडियो",
    },
}

# The rest are made up: a pattern, an adjective, a noun. Artists: a first name and a last.
PATTERNS = ("{adjective} {noun}",) * 14 + (
    "After the {noun}",
    "My {noun} and I",
    "{noun} Season",
    "{noun} Theory",
    "{noun} Weather",
    "{noun} Etiquette",
    "{noun} at Dusk",
    "Leave the {noun} On",
    "No More {noun}",
    "{adjective} {noun} (VIP)",
    "{adjective} {noun}, pt. 2",
    "{adjective} {noun} (Night Take)",
)
ADJECTIVES = """
Barefoot Borrowed Burnt Candid Copper Counterfeit Crooked Damp Dented Distant Drowsy Elastic Faded
Folded Forgotten Frugal Gentle Granite Hollow Humid Idle Itchy Jagged Knitted Lazy Lopsided
Lukewarm Magnetic Mislaid Modest Muted Nocturnal Offbeat Overcast Overdue Paper Patient Perforated
Plastic Polite Quiet Reluctant Restless Rusty Salted Second-Hand Sleepless Spare Stubborn Sugared
Tangled Tender Thirsty Tilted Unlit Untucked Upstairs Velvet Wandering Wired Wobbly Woollen
"""
NOUNS = """
Abacus Allotment Almanac Antenna Apricot Aquarium Armchair Awning Balcony Barometer Bathtub
Biscuit Bobbin Brolly Bunting Cactus Carport Cassette Chandelier Chimney Coaster Compass Conveyor
Corduroy Crossword Cupboard Curfew Dashboard Detour Doorbell Dumpling Escalator Fairground Ferry
Flagpole Fuse Gazebo Greenhouse Hammock Handrail Harbour Hedge Hourglass Jukebox Kettle Kiosk
Ladder Lampshade Launderette Letterbox Lighthouse Lunchbox Magnolia Marmalade Mattress Metronome
Monsoon Moth Napkin Noodle Notebook Orchard Overpass Pancake Parasol Payphone Pedestal Pickle
Pigeon Porridge Postcard Quarry Radiator Raincoat Receipt Rooftop Rucksack Saucer Scaffold
Semaphore Shoebox Snorkel Sofa Stairwell Stapler Streetlamp Suitcase Tadpole Tangerine Teapot
Telegram Thermostat Toaster Tollbooth Tram Trellis Turnip Turnstile Typewriter Umbrella Veranda
Viaduct Walnut Wardrobe Windmill Yoghurt Zeppelin
"""

FIRST_NAMES = """
adaeze aiko alba amara anouk arjun bilal bruna carmen chidi dafne dario deniz elif emeka esra
farah felix gaia goran hana hugo ilse imani ines ivo jada jonas joon kaan kalei karim katya kofi
lena leila linh luca mads maja malik marta mateo mei mila milo nadia naoko nia nils noor odile olu
omar petra priya quentin rafa ravi rosa ruth sami sanna selin silas sora tarek thabo theo tilda
tomas uma vera viktor wanda wen xoan yara yuki zeno zuri
"""
LAST_NAMES = """
adlib amp analog bars bassline bpm breaks chords crates cuts delay demos drums dubs echo encore
fader falsetto flows harmony hooks keys loops lyric melody mixtape notes octave onbeat patch pitch
reverb rhymes rimshot sings snare studio synth tapes tempo treble tunes verse vinyl vox wavs
writes
"""
