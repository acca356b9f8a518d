import { expect, test } from 'vitest'
import { restoreStages } from './restore-stages.ts'

test('settings come first, big media last, and everything comes', () => {
  const items = ['Pictures', 'letters', '.config', 'etc', 'film.mkv', 'etch'].map((name) => ({
    path: `home/${name}`,
    name,
  }))
  expect(restoreStages(items)).toEqual([
    { stage: 'settings', paths: ['home/.config', 'home/etc'] },
    { stage: 'documents', paths: ['home/letters', 'home/etch'] },
    { stage: 'media', paths: ['home/Pictures', 'home/film.mkv'] },
  ])
  expect(restoreStages([])).toEqual([])
})
