import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HookCommandId } from '@holdfast/domain'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hookCommandsFile, readHookCommands, writeHookCommands } from './hook-commands.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-commands-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const commands = [{ id: HookCommandId.parse('stop-web'), command: ['systemctl', 'stop', 'my web; rm -rf /'] }]

describe('the free commands of a machine', () => {
  it('are kept in the home, for its owner alone', () => {
    expect(readHookCommands(home)).toEqual([])
    writeHookCommands(home, commands)
    expect(readHookCommands(home)).toEqual(commands)
    expect(lstatSync(hookCommandsFile(home)).mode & 0o777).toBe(0o600)
    writeHookCommands(home, [])
    expect(readHookCommands(home)).toEqual([])
    expect(readdirSync(home)).toEqual(['hooks.json'])
  })

  it.each([0o622, 0o640, 0o604, 0o660])('are not run from a file of mode %o', (mode) => {
    writeHookCommands(home, commands)
    chmodSync(hookCommandsFile(home), mode)
    expect(() => readHookCommands(home)).toThrow(/is open to other users, so no command/)
  })

  it.skipIf(process.getuid?.() !== 0)('are not run from a file of another user', () => {
    writeHookCommands(home, commands)
    chmodSync(home, 0o711)
    process.seteuid?.(65_534)
    try {
      // Root's own file would be trusted, but nobody else may read it.
      expect(() => readHookCommands(home)).toThrow(/so no command of it is run/)
    } finally {
      process.seteuid?.(0)
    }
  })

  it('are not run from what is no file of its own', () => {
    writeHookCommands(home, commands)
    renameSync(hookCommandsFile(home), join(home, 'elsewhere'))
    symlinkSync('elsewhere', hookCommandsFile(home))
    expect(() => readHookCommands(home)).toThrow(/so no command of it is run/)
  })

  it.each([
    '{',
    '[]',
    '{"version":2,"commands":[]}',
    '{"version":1,"commands":[{"id":"X","command":["x"]}]}',
  ])('say so when the file is %s, without what stands in it', (text) => {
    writeFileSync(hookCommandsFile(home), text, { mode: 0o600 })
    expect(() => readHookCommands(home)).toThrow(/can't be understood/)
  })
})
