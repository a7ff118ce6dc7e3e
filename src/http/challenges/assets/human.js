// The page that asks for a person: the vendor's widget gives a token, this sends it.
import { send, task, tell, words } from './answering.js'

const { vendor, script, siteKey, challenge } = task.dataset
const missing = () => tell(words.vendorMissing, { bad: true, again: () => location.reload() })

globalThis.stillwatchVendorReady = () => {
  const box = document.createElement('div')
  task.replaceChildren(box)
  const api = vendor === 'turnstile' ? globalThis.turnstile : globalThis.hcaptcha
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  const id = api.render(box, {
    sitekey: siteKey,
    theme: dark ? 'dark' : 'light',
    callback: (token) => void send({ token }, { again: () => api.reset(id) }),
    'error-callback': missing,
    ...(vendor === 'turnstile'
      ? {
          action: 'stillwatch',
          cData: challenge,
          language: document.documentElement.lang,
          size: 'flexible',
        }
      : { hl: document.documentElement.lang }),
  })
}

const element = document.createElement('script')
element.src = script
element.addEventListener('error', missing)
document.head.append(element)
