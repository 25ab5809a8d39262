import { deployedNote, notDeployedNote } from '@tideway/terraform/running'

/** A command of a document, as it stands there. */
export interface DocumentCommand {
  readonly text: string
  /** The line of the document at which it starts, from 1. */
  readonly line: number
  /** What the commands of its block print. Only the last command of a block has it. */
  readonly output?: { readonly text: string; readonly line: number }
}

/** Starts each line that says which command comes next. No output contains it. */
export const mark = '\u001e'

/** The commands of the blocks in the language `sh`, with the block in the language `text` that may follow one. */
export function commandsOf(markdown: string): DocumentCommand[] {
  const found: DocumentCommand[] = []
  for (const { index, 1: language, 2: text = '' } of markdown.matchAll(
    /^```(\w*)\n([\s\S]*?)^```$/gm,
  )) {
    const line = markdown.slice(0, index).split('\n').length + 1
    const last = found.at(-1)
    if (language === 'sh') found.push(...split(text, line))
    else if (language === 'text' && last !== undefined && last.output === undefined)
      found[found.length - 1] = { ...last, output: { text, line } }
  }
  return found
}

/** A command continues in lines that are indented, or that close what it has opened. */
function split(block: string, start: number): DocumentCommand[] {
  let line = start
  return block.split(/^(?![\s})]|done\b|fi\b)/m).flatMap((text) => {
    const command = { text, line }
    line += text.split('\n').length - 1
    return text.trim() === '' || text.startsWith('#') ? [] : [command]
  })
}

/** Without a drill, it serves a console until Ctrl-C. */
const staysOpen = /^npm start(?!.* --drill)\b(.*)/

/**
 * Runs `npm start` beside the commands that follow, as a second terminal does, once all stacks are deployed. Stops at the
 * first failure.
 */
const prologue = `set -euo pipefail
beside() {
  local log; log=$(mktemp)
  "$@" > "$log" 2>&1 &
  until grep -qF '${deployedNote}' "$log"; do
    if ! kill -0 $! 2> /dev/null || grep -qF '${notDeployedNote}' "$log"; then cat "$log"; rm "$log"; return 1; fi
    sleep 1
  done
  cat "$log"
  rm "$log"
}
`

/** A script of the commands in one shell. Before each one it prints the mark and the number of the command. */
export function scriptOf(commands: readonly DocumentCommand[]): string {
  const lines = commands.map(
    ({ text }, index) =>
      `printf '${mark}%s\\n' ${index}\n${text.replace(staysOpen, 'beside npm start$1')}`,
  )
  return `${prologue}${lines.join('')}`
}

/**
 * The first line of the expected output that the actual one does not have, after those before it. The actual output may
 * have more lines, and other times and ids.
 */
export function missingLine(expected: string, actual: string): string | undefined {
  const lines = actual.split('\n').map(masked)
  let from = 0
  return expected.split('\n').find((line) => {
    if (/^\s*(\.\.\.)?\s*$/.test(line)) return false
    const at = lines.indexOf(masked(line), from)
    from = at + 1
    return at === -1
  })
}

function masked(line: string): string {
  return line
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?/g, 'TIME')
    .replace(/\b\d+(:\d\d)+\b/g, 'TIME')
    .replace(/\b\d+(\.\d+)? ?(ms|s|seconds?|min|minutes?|h|hours?)\b/g, 'TIME')
    .replace(/127\.0\.0\.1:\d+/g, 'URL')
    .replace(/\b(?=[a-f]*\d)[0-9a-f]{8,}\b/g, 'ID')
    .replace(/\s+/g, ' ')
    .trim()
}
