// The page of a proof of work: ALTCHA's widget solves the puzzle, this sends what it found.
import './altcha.js'
import { send, task, tell, words } from './answering.js'

const puzzle = JSON.parse(task.dataset.puzzle)

if (!isSecureContext) {
  tell(words.insecure, { bad: true })
  document.querySelector('details').open = true
} else {
  globalThis.$altcha.algorithms.set(
    puzzle.parameters.algorithm,
    () => new Worker(new URL('./altcha-pbkdf2.js', import.meta.url)),
  )
  const language = document.documentElement.lang
  globalThis.$altcha.i18n.set(language, {
    ...globalThis.$altcha.i18n.get('en'),
    ...words.box,
  })
  // The widget would judge the expiry by a clock that may be hours off; the server judges it anyway.
  const { expiresAt: _, ...parameters } = puzzle.parameters
  const widget = document.createElement('altcha-widget')
  widget.setAttribute('language', language)
  widget.setAttribute('challenge', JSON.stringify({ parameters, signature: puzzle.signature }))
  widget.setAttribute(
    'configuration',
    JSON.stringify({ hideLogo: true, hideFooter: true, humanInteractionSignature: false }),
  )
  widget.addEventListener('statechange', ({ detail }) => {
    if (detail.state === 'verifying') tell(words.working)
    if (detail.state === 'error') tell(words.box.error, { bad: true })
  })
  widget.addEventListener('verified', ({ detail }) => {
    const { counter, derivedKey } = JSON.parse(atob(detail.payload)).solution
    void send({ puzzle, solution: { counter, derivedKey } })
  })
  task.append(widget)
}
