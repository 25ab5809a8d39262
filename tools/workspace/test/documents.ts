import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { filesIn } from '../src/files'
import { parts } from '../src/init/leave-out'

export const workspace = resolve(__dirname, '../../..')

/** All files of the repository. */
export const files = filesIn(workspace)

const leftOut = Object.entries(parts)
  .filter(([name]) => !existsSync(join(workspace, 'apps', name)))
  .flatMap(([name, { removes, sections }]) => [
    `apps/${name}`,
    ...removes.map(({ path }) => path),
    ...sections,
  ])

/** Whether a file, folder or section is of a part that this clone has left out. */
export function isLeftOut(path: string): boolean {
  return leftOut.some((each) => path === each || path.startsWith(`${each}/`))
}

const texts = new Map<string, string>()

export function read(file: string): string {
  const text = texts.get(file) ?? readFileSync(join(workspace, file), 'utf8')
  texts.set(file, text)
  return text
}

/** All documents of the repository. */
export const documents = files.filter((file) => file.endsWith('.md'))

/** Those that describe today's repository. */
export const currentDocuments = documents.filter((file) => !file.endsWith('CHANGELOG.md'))

export const withoutBlocks = (text: string) =>
  text.replace(/^( *)```.*?^\1```/gms, (block) => block.replace(/[^\n]/g, ''))

export interface Block {
  readonly language: string
  readonly text: string
  /** The line of the document at which its text starts, from 1. */
  readonly line: number
}

export function blocksOf(text: string): Block[] {
  const blocks = text.matchAll(/^( *)```(\w*)[^\n]*\n(.*?)^\1```/gms)
  return [...blocks].map(({ index, 2: language = '', 3: inner = '' }) => ({
    language,
    text: inner,
    line: lineAt(text, index) + 1,
  }))
}

/** Code in the sentences of a document. It may go on in the next line. */
export function spansOf(text: string): { readonly text: string; readonly line: number }[] {
  const prose = withoutBlocks(text)
  return [...prose.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(({ index, 1: span = '' }) => ({
    text: span.replace(/\s+/g, ' ').trim(),
    line: lineAt(prose, index),
  }))
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

/** The anchors that GitHub gives the headings of a document. */
export function anchorsOf(text: string): Set<string> {
  const found = new Set<string>()
  for (const [, heading = ''] of withoutBlocks(text).matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
    let anchor = slug
    for (let count = 1; found.has(anchor); count++) anchor = `${slug}-${count}`
    found.add(anchor)
  }
  return found
}
