import { expect, it } from 'vitest'
import type { LeafReader } from './leaf.ts'
import { lineSuffix } from './manifest-line.ts'
import { neededPieces } from './needed-pieces.ts'

const id = (n: number) => n.toString(16).padStart(64, '0')

it('a line needs the pieces it names, and for a very big file those that its content lists name', async () => {
  const lists = new Map([
    [
      id(1),
      [
        [id(3), 10],
        [0, 65_536],
        [id(4), 10],
      ],
    ],
    [id(2), [[id(5), 10]]],
  ])
  const reader: Pick<LeafReader, 'readPiece'> = {
    readPiece: async (list) => Buffer.from(JSON.stringify(lists.get(list))),
  }
  const head = '{"p":"big","t":"f","m":420,"u":0,"g":0,"s":65566,"mt":"0","ct":"0","i":"1"'
  const big = head + lineSuffix({ contentLists: [id(1), id(2)] })
  expect(await neededPieces(big, reader)).toEqual([1, 2, 3, 4, 5].map(id))
  const small = head + lineSuffix({ content: [[id(7), 65_566]] })
  expect(neededPieces(small, reader)).toEqual([id(7)])
})
