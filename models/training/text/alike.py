"""Words that stand for one another wherever a network shall not tell people apart: all words of a line share one row of
the embedding, so that a message scores the same whichever of them stands in it."""

from pathlib import Path

# Nationality, descent, faith, and whom one loves: as said of a person.
GROUP = (
    "american british english irish scottish welsh french german dutch belgian swiss austrian italian spanish portuguese "
    "greek turkish polish czech slovak hungarian romanian bulgarian serbian croatian albanian ukrainian russian swedish "
    "norwegian danish finnish estonian latvian lithuanian icelandic israeli arab arabic syrian iraqi iranian persian "
    "afghan lebanese egyptian moroccan algerian tunisian libyan nigerian ghanaian kenyan ethiopian somali sudanese "
    "congolese ugandan african european asian indian pakistani bangladeshi nepali chinese japanese korean taiwanese "
    "vietnamese thai cambodian filipino indonesian malaysian australian canadian mexican cuban brazilian argentinian "
    "argentine chilean colombian peruvian venezuelan caribbean jamaican haitian latino latina hispanic black white native "
    "indigenous roma gypsy kurdish christian catholic protestant orthodox mormon muslim islamic jewish hindu buddhist "
    "sikh atheist gay lesbian bisexual homosexual heterosexual queer trans transgender nonbinary deaf autistic dyslexic"
).split()
GROUPS = (
    "americans brits germans italians greeks turks poles czechs hungarians romanians bulgarians serbs croats albanians "
    "ukrainians russians swedes norwegians danes finns israelis arabs syrians iraqis iranians afghans egyptians moroccans "
    "algerians nigerians ghanaians kenyans ethiopians somalis africans europeans asians indians pakistanis koreans "
    "filipinos indonesians australians canadians mexicans cubans brazilians colombians jamaicans latinos latinas blacks "
    "whites kurds christians catholics protestants mormons muslims jews hindus buddhists sikhs atheists gays lesbians "
    "homosexuals"
).split()
PLACE = (
    "america britain england ireland scotland wales france germany netherlands holland belgium switzerland austria italy "
    "spain portugal greece turkey poland hungary romania bulgaria serbia croatia albania ukraine russia sweden norway "
    "denmark finland estonia latvia lithuania iceland israel palestine syria iraq iran afghanistan lebanon egypt morocco "
    "algeria tunisia libya nigeria ghana kenya ethiopia somalia sudan congo uganda africa europe asia india pakistan "
    "bangladesh nepal china japan korea taiwan vietnam thailand cambodia philippines indonesia malaysia australia canada "
    "mexico cuba brazil argentina chile colombia peru venezuela jamaica haiti london paris berlin munich hamburg vienna "
    "zurich geneva rome milan naples madrid barcelona lisbon porto athens istanbul ankara warsaw krakow prague budapest "
    "bucharest sofia belgrade zagreb kiev kyiv moscow stockholm oslo copenhagen helsinki tallinn riga vilnius dublin "
    "edinburgh glasgow manchester liverpool leeds birmingham bristol brussels antwerp amsterdam rotterdam lagos accra "
    "nairobi cairo casablanca johannesburg delhi mumbai bangalore chennai kolkata karachi lahore dhaka beijing shanghai "
    "tokyo osaka seoul taipei hanoi bangkok singapore jakarta manila sydney melbourne toronto montreal vancouver boston "
    "chicago seattle houston dallas atlanta detroit philadelphia"
).split()
SEXES = [
    line.split()
    for line in (
        "he she", "him his her hers", "himself herself", "man woman", "men women", "boy girl", "boys girls",
        "guy gal lady gentleman", "guys gals ladies gentlemen", "male female", "males females", "husband wife",
        "husbands wives", "boyfriend girlfriend", "father mother", "fathers mothers", "dad mom mum", "dads moms mums",
        "daddy mommy mummy", "brother sister", "brothers sisters", "son daughter", "sons daughters", "uncle aunt",
        "nephew niece", "grandfather grandmother", "grandpa grandma", "mr mrs ms miss", "sir madam", "hes shes",
        "actor actress", "actors actresses", "waiter waitress", "businessman businesswoman", "bf gf",
    )
]
SKIN = [["🏻", "🏼", "🏽", "🏾", "🏿"]]


def alike() -> list[list[str]]:
    """Each list shares one row. No word stands in two of them."""
    taken = {word for group in (GROUP, GROUPS, PLACE, *SEXES) for word in group}
    names = [name for name in (Path(__file__).parent / "names.txt").read_text().split() if name not in taken]
    return [names, GROUP, GROUPS, PLACE, *SEXES, *SKIN]
