import { describe, expect, it } from 'vitest'
import {
  headerSystem,
  readEnvironment,
  systemOf,
} from '../../../src/campaigns/traits/environment.ts'

const placesOf = (text: string): { [place: string]: string } =>
  Object.fromEntries(readEnvironment(text))

describe('where an agent says it runs', () => {
  it('is read from a block of labelled lines', () => {
    const text = `Here is useful information about the environment you are running in:
<env>
Working directory: /Users/anna/src/harbour
Is directory a git repo: Yes
Platform: darwin
OS Version: Darwin 24.1.0
Today's date: 2026-11-21
</env>`
    expect(placesOf(text)).toEqual({
      folder: '/Users/anna/src/harbour',
      system: 'darwin',
      version: 'Darwin 24.1.0',
    })
  })

  it.each([
    ['tags', '<environment_context>\n  <cwd>/srv/app</cwd>\n  <shell>bash</shell>', 'bash'],
    ['emphasis', '- **CWD:** `/srv/app`\n* **Default Shell**: zsh', 'zsh'],
    ['a sentence', "I'm currently working in the directory: /srv/app\nShell: fish", 'fish'],
    ['brackets', '(Open file: n/a)\n(Current directory: /srv/app)\nshell: sh', 'sh'],
    ['Chinese', '工作目录：/srv/app\n默认 shell：bash', 'bash'],
    ['CRLF', 'Working directory: /srv/app\r\nShell: bash\r\n', 'bash'],
  ])('is read from %s', (_what, text, shell) => {
    expect(placesOf(text)).toEqual({ folder: '/srv/app', shell })
  })

  it('is not read from prose, dialogues or empty labels', () => {
    const text = `Working directory: the one the user is in
user: what is in the directory src/?
system: you are an agent
Platform:
The platform: linux is assumed by everything that follows in this long line: yes`
    expect(placesOf(text)).toEqual({})
  })

  it('stands at the end of a long prompt, too', () => {
    const text = `${'Do as you are told.\n'.repeat(4_000)}Working directory: /srv/app\n`
    expect(placesOf(text)).toEqual({ folder: '/srv/app' })
  })

  it('counts where it is said first', () => {
    expect(placesOf('cwd: /a\ncwd: /b')).toEqual({ folder: '/a' })
  })
})

describe('an operating system', () => {
  it.each([
    ['MacOS', 'mac'],
    ['darwin', 'mac'],
    ['Mac OS X 15', 'mac'],
    ['win32', 'windows'],
    ['Windows 11 Pro', 'windows'],
    ['Linux', 'linux'],
    ['Ubuntu 24.04 (WSL2)', 'linux'],
    ['Haiku', undefined],
  ])('named %s is %s', (name, system) => {
    expect(systemOf(name)).toBe(system)
  })

  it('is told by the header of generated SDKs before the user agent', () => {
    const agent = ['User-Agent', 'GeminiCLI/0.61.0 (linux; x64)']
    expect(headerSystem(agent)).toBe('linux')
    expect(headerSystem([...agent, 'X-Stainless-OS', 'MacOS'])).toBe('mac')
    expect(headerSystem(['user-agent', 'codex_cli_rs/0.169.0 (Mac OS 15.1; arm64)'])).toBe('mac')
  })

  it('is not guessed from the name of a program', () => {
    expect(headerSystem(['user-agent', 'winget/1.0'])).toBeUndefined()
    expect(headerSystem([])).toBeUndefined()
  })
})
