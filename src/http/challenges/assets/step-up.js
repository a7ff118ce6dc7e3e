// The page that waits for the account holder: it looks now and then whether the confirmation has come.
import { showLocalTimes } from './local-times.js'

const EVERY_MS = 10_000
let next

const look = async () => {
  clearTimeout(next)
  if (document.visibilityState === 'visible') {
    try {
      const response = await fetch(location.pathname, {
        headers: { accept: 'application/json' },
        credentials: 'omit',
      })
      const { status } = await response.json()
      if (response.ok && status !== 'open' && status !== 'unavailable') {
        location.reload()
        return
      }
    } catch {
      // It looks again.
    }
  }
  clearTimeout(next)
  next = setTimeout(() => void look(), EVERY_MS)
}

showLocalTimes()
next = setTimeout(() => void look(), EVERY_MS)
document.addEventListener('visibilitychange', () => void look())
