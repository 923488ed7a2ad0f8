//! Frequent words, in small letters. No word stands in two lists, and what is frequent in two languages in none of the first two.

/// Of English, and of no other language that is written beside it.
pub(super) const ENGLISH: &str = "
    the and you that this with it it's its they what my your not but been would could should know think
    good great nice thanks thank thx ty pls please sad angry tired exhausted scared proud glad excited awful terrible
    love hate feel feeling feels felt want wanna need needs going gonna gotta get gets got getting today tomorrow
    yesterday tonight work works working worked week weeks weekend day days month year time times really very much
    many any some about because cause from out up when where who why how here there then than if as or by
    yes yeah yep nope everyone everybody somebody someone anyone nobody nothing something anything
    everything always never ever again still just only too more most less few lot lots other another own same new old
    i'm im i've i'd i'll don't dont can't cant won't wont didn't didnt doesn't doesnt isn't isnt wasn't aren't couldn't
    wouldn't shouldn't haven't hasn't you're you've you'll we're we've we'll they're they've he's she's that's thats
    there's what's let's who's will could've cannot were being be make makes made take takes took give
    gave come came goes went done say says said see saw seen look looks looking help helped let lets keep keeps
    hope wish try tried trying ask asked tell told talk talking start started stop stopped finish finished happen
    happened believe understand remember forget lost long short little big bad worse worst better best right wrong
    late early soon now after before during while until since through between without within these those their
    them him his she our us myself yourself everyone's people friend friends home life world thing things way
    anymore already maybe probably actually honestly seriously pretty quite enough guys folks boss coworker coworkers
    colleague colleagues customer customers manager deadlines meetings morning afternoon evening night welcome
    congrats congratulations wtf idk tbh btw yay ugh happy joy afraid worried worry anxious stressed
    overwhelmed frustrated annoyed upset furious amazing awesome wonderful fantastic brilliant surprised
    shocked unbelievable sleep slept awake tough hard hardly easy difficult impossible die dying kill dead alive
    nearly almost though although however anyway fixed broken failed fails sounds sure fine
";

/// Of German, French, Spanish, Italian, Portuguese, Dutch, the Scandinavian languages, Polish, Czech and Turkish, and none of English.
pub(super) const OTHERS: &str = "
    und ich nicht ist das ein eine einen einem einer der dem wir sie zu auf für von auch aber dass daß wenn
    noch nur schon heute morgen danke bitte guten hallo ja nein sehr mir mich dir dich uns euch haben habe sind
    kann kein keine immer nach bei vom zum zur über müde leider gerade jetzt dann doch vielen dank abend
    alles nichts mehr wird werden wurde sich hier viel wieder weil oder mit bis ohne warum können müssen muss
    wollen gehen geht schön schöne grüße entschuldigung tschüss feierabend arbeit
    je tu il elle nous vous ils le la les des du et est pas ne que qui dans sur avec mais très bien merci bonjour
    salut beaucoup oui suis c'est j'ai ça fatigué fatiguée aussi être fait demain aujourd'hui au aux une pourquoi
    désolé désolée travail bonsoir merde
    el los las del muy gracias hola pero más está estoy esto porque cuando como para por con eso todo hoy mañana
    ayer buenos buenas días trabajo cansado cansada también siento nada favor quiero tengo eres somos y
    che di sono grazie ciao della gli questo molto bene buongiorno perché oggi domani lavoro stanco stanca anche io
    não você obrigado obrigada muito uma isso bom olá hoje amanhã trabalho estou eu ele ela são
    het een niet ik van voor zijn maar ook bedankt goed wij hij heb hebben naar deze jullie vandaag werk moe
    og det er ikke jeg och är inte att som på med av har til fra takk tack hej ikväll imorgon trött træt
    nie się jest że na jak tak czy bardzo dziękuję dzień dobry proszę ale już jestem zmęczony zmęczona
    jsem není děkuji dobrý
    bir ve bu çok için teşekkürler değil merhaba bugün yarın yorgunum iyi
";

/// Frequent in English chats, and in others, too: they tell something only where all words are such.
pub(super) const SHARED: &str = "
    a i am is are was in on at to for of so no ok okay k kk do did has have had he her me we all an man
    sorry cool super team meeting feedback call chat job deadline update bug server test release link mail email
    haha hahaha hm hmm oh ah bye go hi hey hello lol omg wow perfect up-to-date sprint ticket status info plan check
";
