import { describe, expect, test } from 'vitest'
import type { FoundPreset, SourceCount } from '#web/trpc/types.ts'
import {
  chosenSources,
  chosenTotal,
  countQuestion,
  currentPreview,
  isTicked,
  newWhat,
  previewQuestion,
  totalOf,
  type What,
  type WhatAction,
  whatAfter,
  whatProblems,
} from './what.ts'

const preset = (id: string, over: Partial<FoundPreset> = {}): FoundPreset => ({
  ...{ id, name: id, group: 'files', why: 'Because.', ticked: true, excludes: [] },
  paths: [{ path: `/home/ada/${id}`, readable: true }],
  ...over,
})

const count = (over: Partial<SourceCount> = {}): SourceCount => ({
  ...{ index: 0, files: 2, bytes: 20, unreadable: 0, examples: [], problem: null, done: true },
  ...over,
})

const nothing = { files: 0, bytes: 0, folders: 0, examples: [] }

function after(...actions: WhatAction[]): What {
  return actions.reduce(whatAfter, newWhat())
}

const found: WhatAction = {
  type: 'found',
  presets: [
    preset('docs', { excludes: ['cache/'] }),
    preset('downloads', { ticked: false }),
    preset('ssh', { paths: [{ path: '/home/ada/.ssh', readable: false }] }),
  ],
}

const paths = (what: What) => chosenSources(what).map(({ path }) => path)

describe('what is chosen', () => {
  test('starts as the machine suggests, without what may not be read', () => {
    expect(paths(after(found))).toEqual(['/home/ada/docs'])
    expect(chosenSources(after(found))).toEqual([
      { path: '/home/ada/docs', excludes: ['cache/'], skipCacheDirs: true },
    ])
  })

  test('follows ticks, which stay when the machine is looked at again, and goes without what vanished since', () => {
    const ticked = after(
      found,
      { type: 'tick-presets', ids: ['docs'], on: false },
      { type: 'tick-presets', ids: ['downloads'], on: true },
    )
    expect(paths(ticked)).toEqual(['/home/ada/downloads'])
    expect(paths(whatAfter(ticked, found))).toEqual(['/home/ada/downloads'])
    const gone = whatAfter(ticked, { type: 'found', presets: [preset('docs')] })
    expect(paths(gone)).toEqual([])
    expect(paths(whatAfter(gone, { type: 'tick-presets', ids: ['docs'], on: true }))).toEqual([
      '/home/ada/docs',
    ])
  })

  test('does without a place that was gone when it was counted, and names it as not there', () => {
    const what = after(found, {
      ...{ type: 'counted', path: '/home/ada/docs' },
      count: count({ problem: 'vanished' }),
    })
    expect(paths(what)).toEqual([])
    expect(isTicked(what, preset('docs'))).toBe(false)
    expect(whatProblems(what)).toEqual({ sources: 'Choose at least one thing to keep.' })
    expect(paths(whatAfter(what, found))).toEqual(['/home/ada/docs'])
  })

  test('holds each place once, and nothing that a chosen folder holds anyway', () => {
    const what = after(
      found,
      { type: 'add-folder', path: '/home/ada/docs' },
      { type: 'add-folder', path: '/srv' },
      { type: 'add-folder', path: '/srv' },
    )
    expect(paths(what)).toEqual(['/home/ada/docs', '/srv'])
    const home = whatAfter(what, { type: 'add-folder', path: '/home/ada' })
    expect(paths(home)).toEqual(['/srv', '/home/ada'])
    expect(paths(whatAfter(home, { type: 'tick-folder', path: '/home/ada', on: false }))).toEqual([
      '/home/ada/docs',
      '/srv',
    ])
  })

  test('leaves out by every rule and switch, in each source', () => {
    const what = after(
      found,
      { type: 'add-folder', path: '/srv' },
      { type: 'add-rule', rule: ' *.iso ' },
      { type: 'add-rule', rule: '*.iso' },
      { type: 'add-rule', rule: '' },
      { type: 'limit-size', on: true, text: '2 GB' },
      { type: 'skip-caches', on: false },
      { type: 'one-file-system', on: true },
    )
    const more = { maxFileBytes: 2e9, oneFileSystem: true }
    expect(chosenSources(what)).toEqual([
      { path: '/home/ada/docs', excludes: ['cache/', '*.iso'], ...more },
      { path: '/srv', excludes: ['*.iso'], ...more },
    ])
    expect(chosenSources(whatAfter(what, { type: 'remove-rule', rule: '*.iso' }))[1]?.excludes).toEqual([])
  })
})

describe('the counts', () => {
  test('are asked for everything that can be read, ticked or not, until they are there', () => {
    const what = after(found, { type: 'add-folder', path: '/srv' })
    expect(countQuestion(what)).toEqual({
      groups: [
        { paths: ['/home/ada/docs'], excludes: ['cache/'] },
        { paths: ['/home/ada/downloads'], excludes: [] },
        { paths: ['/srv'], excludes: [] },
      ],
      ...{ rules: [], skipCacheDirs: true },
    })
    const counted = ['/home/ada/docs', '/home/ada/downloads', '/srv'].reduce(
      (so, path) => whatAfter(so, { type: 'counted', path, count: count() }),
      what,
    )
    expect(countQuestion(counted)).toBeUndefined()
  })

  test('add up to the total of what is chosen, and say whether that is all', () => {
    const what = after(found, {
      ...{ type: 'counted', path: '/home/ada/downloads' },
      count: count({ done: false }),
    })
    expect(chosenTotal(what)).toBeUndefined()
    const both = whatAfter(what, { type: 'tick-presets', ids: ['downloads'], on: true })
    expect(chosenTotal(both)).toEqual({ files: 2, bytes: 20, done: false })
    expect(totalOf(both, ['/home/ada/downloads', '/home/ada/docs'])).toMatchObject({ done: false })
  })
})

describe('the preview', () => {
  const answer = {
    ...{ kept: { files: 0, bytes: 0 }, rules: [{ rule: '*', ...nothing, files: 9 }] },
    ...{ larger: nothing, caches: nothing, fileSystems: nothing, done: true },
  }

  test('counts only for the very choice that it was made of', () => {
    const what = after(found, { type: 'add-rule', rule: '*' })
    const of = JSON.stringify(previewQuestion(what))
    const previewed = whatAfter(what, { type: 'previewed', of, answer })
    expect(currentPreview(previewed)).toBe(answer)
    expect(chosenTotal(previewed)).toEqual({ files: 0, bytes: 0, done: true })
    expect(currentPreview(whatAfter(previewed, { type: 'remove-rule', rule: '*' }))).toBeUndefined()
  })

  test('stops rules that leave nothing, but not a folder that is empty by itself', () => {
    const what = after(found, { type: 'add-rule', rule: '*' })
    const of = JSON.stringify(previewQuestion(what))
    expect(whatProblems(whatAfter(what, { type: 'previewed', of, answer }))).toEqual({
      sources: 'The rules leave nothing to back up.',
    })
    const empty = { ...answer, rules: [] }
    expect(whatProblems(whatAfter(what, { type: 'previewed', of, answer: empty }))).toEqual({})
  })
})

test('a size that is none, and a machine that has not answered yet, hold the step', () => {
  expect(whatProblems(newWhat())).toHaveProperty('sources')
  const what = after(found, { type: 'limit-size', on: true, text: 'huge' })
  expect(whatProblems(what)).toEqual({ larger: 'An amount such as 500 MB or 2 GB.' })
  expect(whatProblems(whatAfter(what, { type: 'limit-size', on: false, text: 'huge' }))).toEqual({})
})
