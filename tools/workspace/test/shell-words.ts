const separators = /^(&&|\|\||[;|\n&])/
const redirect = /^(\d?>>?(&\d)?|<)\s*/

/** The commands of a shell script, each as its words: also those of pipes, substitutions, loops and functions. */
export function simpleCommands(script: string): string[][] {
  const found: string[][] = []
  parse(script, 0, found)
  return found.map(withoutKeywords).filter((words) => words.length > 0)
}

/** Collects the commands up to a closing bracket, and returns the index after it. */
function parse(script: string, start: number, found: string[][]): number {
  let words: string[] = []
  const end = () => {
    found.push(words)
    words = []
  }
  let at = start
  while (at < script.length) {
    const rest = script.slice(at)
    const space = /^([ \t]+|\\\n)/.exec(rest)
    if (space !== null) at += space[0].length
    else if (rest.startsWith('#')) at += (/^.*/.exec(rest)?.[0] ?? '').length
    else if (redirect.test(rest)) {
      at += redirect.exec(rest)?.[0].length ?? 0
      // The file.
      if (!/&\d$/.test(script.slice(start, at).trim())) at = readWord(script, at, found).next
    } else if (separators.test(rest)) {
      end()
      at += separators.exec(rest)?.[0].length ?? 1
    } else if (rest.startsWith(')')) break
    else {
      const { word, next } = readWord(script, at, found)
      words.push(word)
      at = next
    }
  }
  end()
  return at + 1
}

function readWord(script: string, start: number, found: string[][]) {
  let word = ''
  let at = start
  let quote = ''
  while (at < script.length) {
    const char = script[at] ?? ''
    if (quote !== "'" && char === '$' && script.startsWith('$((', at)) {
      const end = script.indexOf('))', at)
      word += '$'
      at = end === -1 ? script.length : end + 2
    } else if (quote !== "'" && script.startsWith('$(', at)) {
      word += '$'
      at = parse(script, at + 2, found)
    } else if (quote !== "'" && char === '\\') {
      word += script[at + 1] ?? ''
      at += 2
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char
      at += 1
    } else if (char === quote && quote !== '') {
      quote = ''
      at += 1
    } else if (quote === '' && /[\s;|&)<>]/.test(char) && !word.endsWith('()')) {
      // `name()` of a function.
      if (char !== ')' || !word.endsWith('(')) break
      word += char
      at += 1
    } else if (quote === '' && /\s/.test(char)) break
    else {
      word += char
      at += 1
    }
  }
  return { word, next: at === start ? at + 1 : at }
}

const assignment = /^[A-Za-z_]\w*=/

/** Without what starts loops and functions. Variables that are set before a command stay. */
function withoutKeywords(words: readonly string[]): string[] {
  const [first = '', ...rest] = words
  if (first === 'for' || first === 'case') return []
  if (/^(do|then|else|if|while|until|!|\{|[\w-]+\(\))$/.test(first)) return withoutKeywords(rest)
  if (/^(done|fi|esac|\}|export|set|local|return|shift)$/.test(first)) {
    return first === 'export' ? [...rest] : []
  }
  return words.every((word) => assignment.test(word)) && !/^[A-Z]/.test(first) ? [] : [...words]
}

/** The variables that a command sets for itself, and its other words. */
export function splitVariables(words: readonly string[]): {
  readonly variables: string[]
  readonly words: string[]
} {
  const count = words.findIndex((word) => !assignment.test(word))
  const until = count === -1 ? words.length : count
  return {
    variables: words.slice(0, until).map((word) => word.split('=')[0] ?? ''),
    words: words.slice(until),
  }
}
