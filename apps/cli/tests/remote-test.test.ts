import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import type { ProbeResult } from '@holdfast/vault'
import { describe, expect, it } from 'vitest'
import { openCommandLine } from './command-line.ts'

describe('holdfast remote test', { timeout: 60_000 }, () => {
  it('finds a folder good, before and after a vault lives there, and leaves nothing', async () => {
    await using cli = openCommandLine()
    const said = await cli.run(['remote', 'test', 'place'])
    expect(said).toMatchObject({ code: 0, stderr: '' })
    expect(said.stdout).toContain('ok       delete  It deletes objects.')
    expect(said.stdout).toMatch(/A vault can live at \S*place\.\n$/)
    expect(readdirSync(cli.at('place'))).toEqual([])

    expect((await cli.run(['vault', 'create', 'place', '--plain'])).code).toBe(0)
    const before = readdirSync(cli.at('place'))
    const again = await cli.json<ProbeResult>(['remote', 'test', 'place'])
    expect(again).toMatchObject({ code: 0, document: { ok: true, clockOffsetMs: 0, left: [] } })
    expect(readdirSync(cli.at('place'))).toEqual(before)
  })

  it('says what fails and exits 1 where nothing may be written', async () => {
    await using cli = openCommandLine()
    const place = cli.at('shared/closed')
    mkdirSync(place)
    chmodSync(place, 0o555)
    const answer = await cli.json<ProbeResult>(['remote', 'test', place], { user: true })
    expect(answer).toMatchObject({ code: 1, document: { ok: false, findings: [{ check: 'write' }] } })
    expect(answer.document.findings[0]).toMatchObject({ state: 'failed' })
  })
})
