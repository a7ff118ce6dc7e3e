// Pages tell times in UTC; a reader is helped by its own zone.
export const showLocalTimes = (root = document) => {
  for (const time of root.querySelectorAll('time')) {
    const at = new Date(time.dateTime)
    time.textContent = at.toLocaleString(document.documentElement.lang, {
      dateStyle: 'medium',
      timeStyle: 'short',
    })
  }
}

showLocalTimes()
