import { raw } from 'hono/html'
import type { Markup } from '../markup.ts'

const icon = (tone: string, path: string): Markup =>
  raw(
    `<svg class="icon ${tone}" viewBox="0 0 24 24" width="48" height="48" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${path}</svg>`,
  )

/** Pictures of the pages; decoration only, so no reader of a screen hears of them. */
export const ICONS = {
  proof_of_work: icon(
    'asks',
    '<path d="M12 3l7 3v5.5c0 4.4-2.9 7.9-7 9.5-4.1-1.6-7-5.1-7-9.5V6z"/><path d="M12 8v4l2.5 1.5"/>',
  ),
  human: icon(
    'asks',
    '<circle cx="12" cy="8" r="3.6"/><path d="M4.8 20c.8-3.9 3.6-6 7.2-6s6.4 2.1 7.2 6"/>',
  ),
  step_up: icon(
    'asks',
    '<rect x="5" y="10.5" width="14" height="9.5" rx="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/><path d="M12 14.5v2"/>',
  ),
  passed: icon('good', '<circle cx="12" cy="12" r="9"/><path d="M8 12.3l2.8 2.8L16.2 9.5"/>'),
  refused: icon('bad', '<circle cx="12" cy="12" r="9"/><path d="M9 9l6 6M15 9l-6 6"/>'),
  expired: icon('quiet', '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.2 2"/>'),
  malformed: icon(
    'quiet',
    '<path d="M10 14a4 4 0 0 0 5.7 0l2.6-2.6a4 4 0 0 0-5.7-5.7l-.9.9"/><path d="M14 10a4 4 0 0 0-5.7 0l-2.6 2.6a4 4 0 0 0 5.7 5.7l.9-.9"/><path d="M4 4l16 16"/>',
  ),
  elsewhere: icon(
    'quiet',
    '<path d="M12 21c4-4.3 6-7.6 6-10.5A6 6 0 0 0 6 10.5C6 13.4 8 16.7 12 21z"/><circle cx="12" cy="10.5" r="2.2"/>',
  ),
  unavailable: icon('quiet', '<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5.5M12 16.2v.1"/>'),
} as const
