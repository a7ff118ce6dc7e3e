import { createEmbeddedLimiter } from '../../src/limits/embedded-limiter.ts'
import { createFakeClock } from '../support/clock.ts'
import { limiterContract } from './limiter.ts'

limiterContract('the embedded limiter', () => {
  const clock = createFakeClock()
  return {
    create: () => createEmbeddedLimiter({ clock, maxKeys: 1_000 }),
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
  }
})
