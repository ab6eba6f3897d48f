"""Who writes in the demonstration: an invented bicycle maker, its people, its customers and its suppliers."""

from dataclasses import dataclass

NAME = "Tidewheel Cycles"
DOMAIN = "tidewheel.example"
STREET = "Chandler's Quay 4, 26871 Port Ellery"
PHONE = "+49 30 23125 014"

SUPPORT = f"support@{DOMAIN}"
INFO = f"info@{DOMAIN}"
ANNA = f"anna.keller@{DOMAIN}"
#: The addresses that are real mailboxes; everybody else only writes to them.
MAILBOXES = (SUPPORT, INFO, ANNA)


@dataclass(frozen=True)
class Person:
    """Somebody who writes.

    :param str style: how their program writes: ``plain``, ``flowed``, ``html``, ``mobile`` or ``outlook``.
    :param int offset: minutes their clock is ahead of UTC.
    :param str role: a colleague's title; for a business what it is to us, which plays ask for.
    """

    name: str
    email: str
    style: str = "html"
    offset: int = 60
    company: str = ""
    city: str = ""
    role: str = ""

    @property
    def first(self):
        """The name they are greeted by."""
        return self.name.split()[0]

    @property
    def last(self):
        """Their family name."""
        return self.name.split()[-1]

    @property
    def domain(self):
        """The part of their address after the @."""
        return self.email.rpartition("@")[2]


def _staff(name, email, role, style="html"):
    return Person(name, email, style, 60, NAME, "Port Ellery", role)


STAFF = {
    "anna": _staff("Anna Keller", ANNA, "Head of Customer Relations"),
    "priya": _staff("Priya Nair", f"priya.nair@{DOMAIN}", "Customer Care"),
    "tom": _staff("Tom Okafor", f"tom.okafor@{DOMAIN}", "Workshop & Service", "plain"),
    "lucia": _staff("Lucía Marín", f"lucia.marin@{DOMAIN}", "Purchasing", "outlook"),
    "jonas": _staff("Jonas Brandt", f"jonas.brandt@{DOMAIN}", "Managing Director", "mobile"),
    "mei": _staff("Mei Tanaka", f"mei.tanaka@{DOMAIN}", "Marketing & Design"),
    "piotr": _staff("Piotr Zieliński", f"piotr.zielinski@{DOMAIN}", "Warehouse & Shipping", "plain"),
    "noor": _staff("Noor Haddad", f"noor.haddad@{DOMAIN}", "Accounting", "outlook"),
}
SUPPORT_DESK = Person(f"{NAME} Support", SUPPORT, "html", 60, NAME, "Port Ellery", "Customer Care")
INFO_DESK = Person(NAME, INFO, "html", 60, NAME, "Port Ellery", "Sales")
#: Who signs below a mail that leaves one of the shared addresses.
AGENTS = {SUPPORT: ("priya", "tom", "anna"), INFO: ("anna", "mei", "jonas"), ANNA: ("anna",)}


CUSTOMERS = (
    Person("Sofia Rivera", "sofia@riveracycling.example", "html", -300, "Rivera Cycling", "Austin", "dealer"),
    Person("Marcus Lindqvist", "marcus.lindqvist@velonord.example", "outlook", 60, "Velo Nord", "Gothenburg", "dealer"),
    Person("Eleanor Whitcombe", "e.whitcombe@postbox.example", "plain", 0, "", "Bath"),
    Person("Daniel Osei", "daniel.osei@inboxly.example", "mobile", 0, "", "Bristol"),
    Person("Hannah Vogel", "hannah.vogel@webbrief.example", "html", 60, "", "Leipzig"),
    Person("Thijs van den Berg", "thijs@vdberg-familie.example", "flowed", 60, "", "Utrecht"),
    Person("Clara Johansen", "clara.johansen@fjordpost.example", "html", 60, "", "Bergen"),
    Person("Ben Adeyemi", "ben.adeyemi@inboxly.example", "mobile", 0, "", "Leeds"),
    Person("Ingrid Solheim", "ingrid@solheim-arkitekter.example", "outlook", 60, "Solheim Arkitekter", "Oslo", "fleet"),
    Person("Matteo Ferraro", "matteo.ferraro@postino.example", "html", 60, "", "Bologna"),
    Person("Aoife Brennan", "aoife.brennan@inboxly.example", "mobile", 0, "", "Galway"),
    Person("Lukas Hofer", "lukas.hofer@bergpost.example", "flowed", 60, "", "Innsbruck"),
    Person("Camille Laurent", "camille.laurent@courriel.example", "html", 60, "", "Nantes"),
    Person("Rasmus Dahl", "rasmus@dahl-co.example", "plain", 60, "", "Aarhus"),
    Person("Grace Mbeki", "grace.mbeki@capemail.example", "html", 120, "", "Cape Town"),
    Person("Oliver Pennington", "oliver.pennington@postbox.example", "outlook", 0, "", "York"),
    Person("Nadia Petrova", "nadia.petrova@webbrief.example", "html", 120, "", "Sofia"),
    Person("Joao Carvalho", "joao.carvalho@correio.example", "mobile", 0, "", "Porto"),
    Person("Freya Andersson", "freya.andersson@fjordpost.example", "html", 60, "", "Malmö"),
    Person("William Tran", "will.tran@inboxly.example", "html", -480, "", "Seattle"),
    Person("Isabel Quintero", "isabel.quintero@correo.example", "html", 60, "", "Valencia"),
    Person("Peter Novak", "peter.novak@webbrief.example", "plain", 60, "", "Brno"),
    Person("Zainab Yusuf", "zainab.yusuf@inboxly.example", "mobile", 0, "", "Manchester"),
    Person("George Hartley", "george.hartley@postbox.example", "plain", 0, "", "Whitby"),
    Person("Emma de Vries", "emma.devries@polderpost.example", "html", 60, "", "Groningen"),
    Person("Samuel Okoro", "samuel.okoro@capemail.example", "html", 60, "", "Lagos"),
    Person("Katrin Bauer", "katrin.bauer@webbrief.example", "flowed", 60, "", "Freiburg"),
    Person("Liam Fitzgerald", "liam.fitz@inboxly.example", "mobile", 0, "", "Cork"),
    Person("Margaret Doyle", "margaret.doyle@postbox.example", "plain", 0, "", "Exeter"),
    Person("Andre Bellamy", "andre.bellamy@courriel.example", "html", 60, "", "Lyon"),
)

BUSINESSES = (
    CUSTOMERS[0],
    CUSTOMERS[1],
    CUSTOMERS[8],
    Person("Beatrice Aldous", "b.aldous@seafront-hotel.example", "outlook", 0, "The Seafront Hotel", "Whitby", "hotel"),
    Person("Henrik Voss", "henrik.voss@hafenwerke.example", "outlook", 60, "Hafenwerke", "Hamburg", "fleet"),
    Person("Rosa Delgado", "rosa@pedalia.example", "html", 60, "Pedalia", "Seville", "dealer"),
    Person("Tim Arkwright", "tim.arkwright@northmoor-school.example", "plain", 0, "Northmoor School", "Durham", "school"),
    Person("Julia Stern", "julia.stern@radkurier.example", "html", 60, "Radkurier", "Berlin", "fleet"),
    Person("Yannick Moreau", "y.moreau@velo-atelier.example", "html", 60, "Vélo Atelier", "Rennes", "dealer"),
    Person("Sarah Goldberg", "sarah.goldberg@thecommuter.example", "html", 0, "The Commuter", "London", "press"),
)

SUPPLIERS = (
    Person("Wendy Cho", "wendy.cho@aldane-components.example", "outlook", 480, "Aldane Components", "Taichung"),
    Person("Giorgio Bassi", "g.bassi@sellabassi.example", "html", 60, "Sella Bassi", "Vicenza"),
    Person("Ulrich Kern", "ulrich.kern@lichtwerk.example", "plain", 60, "Lichtwerk Dynamos", "Nuremberg"),
    Person("Maya Richards", "maya@harbourfreight-line.example", "outlook", 0, "Quayside Freight", "Felixstowe"),
    Person("Erik Sandström", "erik@kvistprint.example", "html", 60, "Kvist Print", "Lund"),
    Person("Olena Marchuk", "olena@olenamarchuk.example", "html", 60, "Olena Marchuk Photography", "Port Ellery"),
)

PRODUCTS = (
    ("Gull 3", 849),
    ("Gull 7 Belt", 1290),
    ("Petrel GX", 1890),
    ("Heron Cargo", 4650),
    ("Cormorant E", 3190),
    ("Sandpiper 24", 429),
    ("Plover Step-Through", 990),
    ("Osprey Tour", 2240),
)
#: The one nobody rides to work.
CHILDREN = "Sandpiper 24"
ACCESSORIES = (
    ("Harbour pannier 20 L", 89),
    ("Lantern front light", 64),
    ("Breakwater mudguards", 47),
    ("Anchor frame lock", 72),
    ("Driftwood grips", 29),
    ("Mooring kickstand", 38),
)
#: Mail from machines.
SHOP = Person("Tidewheel Web Shop", "no-reply@shop.tidewheel.example", "html")
CARRIER = Person("Parcelgull", "tracking@parcelgull.example", "html", 60, "Parcelgull")
PAYMENTS = Person("Clinkpay", "payouts@clinkpay.example", "html", 0, "Clinkpay")
MAILER = Person("Mail Delivery System", f"MAILER-DAEMON@mx.{DOMAIN}", "plain")

#: The folder that stays empty.
EMPTY_FOLDER = "Someday"


def person(email):
    """Whoever of this module has an address, or None."""
    everybody = (*STAFF.values(), *CUSTOMERS, *BUSINESSES, *SUPPLIERS)
    return next((found for found in everybody if found.email == email), None)


def folders(year):
    """Folders of every mailbox besides INBOX, ``/`` between the levels.

    :param int year: the year the demonstration plays in; projects and papers are filed by it.
    :return: dict address → tuple of names.
    """
    special = ("Sent", "Drafts", "Junk", "Trash", "Archive")
    customers = ("Customers", "Customers/Rivera Cycling", "Customers/Velo Nord")
    dealers = ("Dealers", "Dealers/Pedalia", "Dealers/Vélo Atelier")
    suppliers = ("Suppliers", *(f"Suppliers/{person.company}" for person in SUPPLIERS[:4]))
    projects = ("Projects", f"Projects/{year}", f"Projects/{year}/Spring catalogue")
    return {
        SUPPORT: (*special, *customers, "Warranty", f"Warranty/{year - 1}", f"Warranty/{year}"),
        INFO: (*special, *dealers, "Orders", "Press", "Job applications"),
        ANNA: (*special, *suppliers, *projects, "Café & Büro", EMPTY_FOLDER),
    }
