import type { ChallengeKind } from '../../core/challenge.ts'

/** A page that asks for something: what, why, and what comes after it. */
type Asking = {
  readonly title: string
  readonly lead: string
  readonly steps: readonly string[]
}

/** A page on which nothing is left to be done here. */
type Told = { readonly title: string; readonly lead: string; readonly next: string }

/** Everything people read on the pages, in one language. `{…}` stands for a value. */
export type Strings = {
  readonly asking: { readonly [K in ChallengeKind]: Asking }
  readonly passed: Told
  readonly refused: Told
  readonly expired: Told
  readonly malformed: Told
  readonly elsewhere: Told
  readonly unavailable: Told
  readonly decision: string
  readonly expires: string
  readonly holdsUntil: string
  readonly contact: string
  readonly noContact: string
  readonly console: string
  /** First step of a step-up where no console asks for it. */
  readonly askHolder: string
  readonly inBrowser: string
  readonly plainLead: string
  readonly programs: string
  readonly programsLead: string
  readonly programsLink: string
  readonly noScript: string
  readonly insecure: string
  readonly working: string
  readonly sending: string
  readonly again: string
  readonly waiting: string
  readonly failed: string
  readonly offline: string
  readonly spent: string
  readonly notYours: string
  readonly limited: string
  readonly noScriptHuman: string
  readonly vendorMissing: string
  readonly later: string
  readonly box: {
    readonly label: string
    readonly verifying: string
    readonly verified: string
    readonly error: string
    readonly expired: string
    readonly waitAlert: string
  }
}

const en: Strings = {
  asking: {
    proof_of_work: {
      title: 'One quick check, then your call goes through',
      lead: 'A call by your API account was held back because it resembles many that are made by scripts. Tick the box: your computer solves a small puzzle, which mostly takes a second or two. There are no pictures to read.',
      steps: ['Tick the box below.', 'Repeat your call.'],
    },
    human: {
      title: 'Please confirm that you are a person',
      lead: 'A call by your API account was held back until a person confirms it. One person has to do this once; then your programs go on as before.',
      steps: ['Confirm below.', 'Repeat your call.'],
    },
    step_up: {
      title: 'The account holder has to confirm',
      lead: 'A call by this API account was held back until the holder of the account confirms who uses it. That is asked when an account is used in a way that is new for it, or much like a group of others. Nothing was charged, and nothing is wrong with your request.',
      steps: [
        'Confirm as the holder of the account, or pass this page on to whoever is.',
        'Repeat your call. There is no hurry: the address of this page keeps telling how it stands.',
      ],
    },
  },
  passed: {
    title: 'Done. Repeat your call',
    lead: 'The check is passed. The calls of your account go through again; nothing has to be changed in your program.',
    next: 'If your next call is refused again, open the address in its new error message.',
  },
  refused: {
    title: 'This was not confirmed',
    lead: 'The confirmation was looked at and refused, or it was taken back.',
    next: 'If you are the holder of the account and think this is wrong, get in touch and quote the request id below.',
  },
  expired: {
    title: 'This page has expired',
    lead: 'It was open for a limited time only, and nothing was lost by it.',
    next: 'Repeat your call. If it is refused again, the error message holds the address of a new page.',
  },
  malformed: {
    title: 'This address leads nowhere',
    lead: 'Part of it is missing, or it was changed on the way. That happens when an address is broken over two lines.',
    next: 'Copy the whole address out of the error message, or repeat your call for a new one.',
  },
  elsewhere: {
    title: 'Open this page from where the call was made',
    lead: 'This check was given to a call from another network, and only counts when it is passed from there.',
    next: 'Open this address on that network, or repeat the call from here for a check of its own.',
  },
  unavailable: {
    title: 'Please try again in a moment',
    lead: 'Whether this check was passed cannot be told right now.',
    next: 'Load this page again. Your account and your call are not affected.',
  },
  decision: 'Request id',
  expires: 'Open until',
  holdsUntil: 'Holds until',
  contact: 'Questions?',
  noContact: 'Questions? Write to whoever gave you the API key and quote the request id.',
  console: 'Confirm in your account',
  askHolder:
    'Get in touch as the holder of the account, or pass this page on to whoever is, and quote the request id below.',
  inBrowser: 'In a browser:',
  plainLead:
    'A call by your API account was held back because it resembles many that are made by scripts. Before it goes through, a small puzzle has to be solved, by your browser or by your program. It mostly takes a second or two. Then repeat the call.',
  programs: 'Without a browser',
  programsLead: 'A program can pass this check by itself. Ask this address for JSON:',
  programsLink: 'How programs do it',
  noScript:
    'The box needs JavaScript. Without it, let a program pass the check, as described below.',
  insecure:
    'The box needs a connection by HTTPS, and this page came without. Let a program pass the check, as described below.',
  working: 'Your computer is working on it.',
  sending: 'Sending the answer.',
  again: 'Try again',
  waiting: 'You can go on in {seconds} s.',
  failed: 'That did not work.',
  offline: 'The connection was lost. Nothing is lost by it.',
  spent: 'This was answered before. Repeat your call.',
  notYours:
    'This check was given to another network or key. Open this page from where the call was made, or repeat the call from here.',
  limited: 'Too many wrong answers came from here.',
  noScriptHuman:
    'This check needs JavaScript. Without it, get in touch and quote the request id below.',
  vendorMissing:
    'The check of {vendor} could not be loaded. Allow this page to reach it, or get in touch.',
  later: 'This page looks by itself whether the confirmation has come.',
  box: {
    label: 'Start the check',
    verifying: 'Working …',
    verified: 'Solved',
    error: 'The puzzle could not be solved. Load this page again.',
    expired: 'This page has expired. Repeat your call for a new one.',
    waitAlert: 'Still working, one moment.',
  },
}

const de: Strings = {
  asking: {
    proof_of_work: {
      title: 'Eine kurze Prüfung, dann geht Ihr Aufruf durch',
      lead: 'Ein Aufruf Ihres API-Kontos wurde angehalten, weil er vielen ähnelt, die von Skripten stammen. Setzen Sie den Haken: Ihr Rechner löst eine kleine Aufgabe, das dauert ein bis zwei Sekunden. Bilder müssen Sie keine lesen.',
      steps: ['Setzen Sie unten den Haken.', 'Wiederholen Sie Ihren Aufruf.'],
    },
    human: {
      title: 'Bitte bestätigen Sie, dass Sie ein Mensch sind',
      lead: 'Ein Aufruf Ihres API-Kontos wurde angehalten, bis ein Mensch ihn bestätigt. Das muss eine Person einmal tun; danach laufen Ihre Programme weiter wie bisher.',
      steps: ['Bestätigen Sie unten.', 'Wiederholen Sie Ihren Aufruf.'],
    },
    step_up: {
      title: 'Der Kontoinhaber muss bestätigen',
      lead: 'Ein Aufruf dieses API-Kontos wurde angehalten, bis der Inhaber des Kontos bestätigt, wer es nutzt. Danach wird gefragt, wenn ein Konto anders genutzt wird als bisher oder ganz wie eine Gruppe anderer. Es wurde nichts berechnet, und Ihre Anfrage war nicht falsch.',
      steps: [
        'Bestätigen Sie als Inhaber des Kontos, oder geben Sie diese Seite an ihn weiter.',
        'Wiederholen Sie Ihren Aufruf. Es eilt nicht: Unter dieser Adresse steht jederzeit, wie weit es ist.',
      ],
    },
  },
  passed: {
    title: 'Fertig. Wiederholen Sie Ihren Aufruf',
    lead: 'Die Prüfung ist bestanden. Die Aufrufe Ihres Kontos gehen wieder durch; an Ihrem Programm müssen Sie nichts ändern.',
    next: 'Wird Ihr nächster Aufruf wieder abgelehnt, öffnen Sie die Adresse in der neuen Fehlermeldung.',
  },
  refused: {
    title: 'Das wurde nicht bestätigt',
    lead: 'Die Bestätigung wurde geprüft und abgelehnt, oder sie wurde zurückgenommen.',
    next: 'Wenn Sie der Inhaber des Kontos sind und das für falsch halten, melden Sie sich und nennen Sie die Anfrage-ID unten.',
  },
  expired: {
    title: 'Diese Seite ist abgelaufen',
    lead: 'Sie war nur eine begrenzte Zeit offen. Verloren ist dadurch nichts.',
    next: 'Wiederholen Sie Ihren Aufruf. Wird er wieder abgelehnt, steht die Adresse einer neuen Seite in der Fehlermeldung.',
  },
  malformed: {
    title: 'Diese Adresse führt nirgendwohin',
    lead: 'Ein Teil fehlt, oder sie wurde unterwegs verändert. Das passiert, wenn eine Adresse über zwei Zeilen umbrochen wird.',
    next: 'Kopieren Sie die ganze Adresse aus der Fehlermeldung, oder wiederholen Sie Ihren Aufruf für eine neue.',
  },
  elsewhere: {
    title: 'Öffnen Sie diese Seite von dort, wo der Aufruf herkam',
    lead: 'Diese Prüfung gehört zu einem Aufruf aus einem anderen Netz und zählt nur, wenn sie von dort bestanden wird.',
    next: 'Öffnen Sie die Adresse in jenem Netz, oder wiederholen Sie den Aufruf von hier für eine eigene Prüfung.',
  },
  unavailable: {
    title: 'Bitte versuchen Sie es gleich noch einmal',
    lead: 'Ob diese Prüfung bestanden ist, lässt sich gerade nicht sagen.',
    next: 'Laden Sie die Seite neu. Ihr Konto und Ihr Aufruf sind davon nicht betroffen.',
  },
  decision: 'Anfrage-ID',
  expires: 'Offen bis',
  holdsUntil: 'Gilt bis',
  contact: 'Fragen?',
  noContact:
    'Fragen? Schreiben Sie dem, von dem Sie den API-Schlüssel haben, und nennen Sie die Anfrage-ID.',
  console: 'Im Konto bestätigen',
  askHolder:
    'Melden Sie sich als Inhaber des Kontos, oder geben Sie diese Seite an ihn weiter, und nennen Sie die Anfrage-ID unten.',
  inBrowser: 'Im Browser:',
  plainLead:
    'Ein Aufruf Ihres API-Kontos wurde angehalten, weil er vielen ähnelt, die von Skripten stammen. Bevor er durchgeht, ist eine kleine Aufgabe zu lösen, von Ihrem Browser oder Ihrem Programm. Das dauert meist ein bis zwei Sekunden. Wiederholen Sie dann den Aufruf.',
  programs: 'Ohne Browser',
  programsLead:
    'Ein Programm kann diese Prüfung selbst bestehen. Fragen Sie diese Adresse nach JSON:',
  programsLink: 'Wie Programme das tun (englisch)',
  noScript:
    'Das Kästchen braucht JavaScript. Lassen Sie sonst ein Programm die Prüfung bestehen, wie unten beschrieben.',
  insecure:
    'Das Kästchen braucht eine Verbindung über HTTPS, und diese Seite kam ohne. Lassen Sie ein Programm die Prüfung bestehen, wie unten beschrieben.',
  working: 'Ihr Rechner arbeitet daran.',
  sending: 'Die Antwort wird gesendet.',
  again: 'Noch einmal',
  waiting: 'In {seconds} s geht es weiter.',
  failed: 'Das hat nicht geklappt.',
  offline: 'Die Verbindung ist abgerissen. Verloren ist nichts.',
  spent: 'Das wurde schon beantwortet. Wiederholen Sie Ihren Aufruf.',
  notYours:
    'Diese Prüfung gehört zu einem anderen Netz oder Schlüssel. Öffnen Sie die Seite von dort, wo der Aufruf herkam, oder wiederholen Sie den Aufruf von hier.',
  limited: 'Von hier kamen zu viele falsche Antworten.',
  noScriptHuman:
    'Diese Prüfung braucht JavaScript. Melden Sie sich sonst, und nennen Sie die Anfrage-ID unten.',
  vendorMissing:
    'Die Prüfung von {vendor} ließ sich nicht laden. Erlauben Sie dieser Seite, sie zu erreichen, oder melden Sie sich.',
  later: 'Diese Seite sieht von selbst nach, ob die Bestätigung gekommen ist.',
  box: {
    label: 'Prüfung starten',
    verifying: 'Wird gelöst …',
    verified: 'Gelöst',
    error: 'Die Aufgabe ließ sich nicht lösen. Laden Sie die Seite neu.',
    expired: 'Diese Seite ist abgelaufen. Wiederholen Sie Ihren Aufruf für eine neue.',
    waitAlert: 'Noch dabei, einen Augenblick.',
  },
}

/** Languages of the pages; the first is for everybody who asks for none of them. */
export const LANGUAGES = { en, de } as const satisfies { readonly [language: string]: Strings }

/** One of {@link LANGUAGES}. */
export type Language = keyof typeof LANGUAGES
