// What the pages of all kinds of challenges share: sending an answer, and telling what came of it.
import { showLocalTimes } from './local-times.js'

const main = document.querySelector('main')
const statusLine = document.querySelector('#status')

export const task = document.querySelector('#task')
export const words = JSON.parse(task.dataset.words)

// The line is announced by screen readers; `again` adds a button that a caller may use after `waitS`.
export const tell = (text, { bad = false, again, waitS = 0 } = {}) => {
  statusLine.classList.toggle('bad', bad)
  statusLine.textContent = text
  if (again === undefined) return
  const button = document.createElement('button')
  button.type = 'button'
  button.addEventListener('click', again, { once: true })
  const row = document.createElement('p')
  row.className = 'go'
  row.append(button)
  document.querySelector('.go.again')?.remove()
  row.classList.add('again')
  statusLine.after(row)
  let leftS = waitS
  const count = () => {
    button.disabled = leftS > 0
    button.textContent = leftS > 0 ? words.waiting.replace('{seconds}', leftS) : words.again
    leftS -= 1
    if (leftS >= 0) setTimeout(count, 1000)
  }
  count()
}

const showPassed = () => {
  const passed = document.querySelector('#passed').content.cloneNode(true)
  showLocalTimes(passed)
  main.replaceChildren(passed)
  const title = main.querySelector('h1')
  document.title = title.textContent
  title.focus()
}

const reload = () => location.reload()

// Sends an answer. What the server already knows better than this page is shown by loading it again.
export const send = async (answer, { again = reload } = {}) => {
  tell(words.sending)
  let response
  let body
  try {
    response = await fetch(location.pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(answer),
      credentials: 'omit',
    })
    body = await response.json()
  } catch {
    tell(words.offline, { bad: true, again })
    return
  }
  if (response.ok) {
    showPassed()
    return
  }
  const waitS = Number(response.headers.get('retry-after') ?? 0)
  switch (body.error?.code) {
    case 'challenge_spent':
      tell(words.spent)
      return
    case 'challenge_expired':
    case 'challenge_malformed':
      reload()
      return
    case 'challenge_not_yours':
      tell(words.notYours, { bad: true })
      return
    case 'challenge_limited':
      tell(words.limited, { bad: true, again: reload, waitS })
      return
    default:
      tell(words.failed, { bad: true, again: reload, waitS })
  }
}
