import { invalid } from './invalid'
import { type AttributeValue, normalized } from './value'

export interface PlaceholderInput {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>>
}

/** The `#names` and `:values` of a request. Each is to be used in some expression, or DynamoDB refuses. */
export class Placeholders {
  private readonly names: Readonly<Record<string, string>>
  private readonly values: Readonly<Record<string, AttributeValue>>
  private readonly used = new Set<string>()

  constructor({ ExpressionAttributeNames = {}, ExpressionAttributeValues = {} }: PlaceholderInput) {
    this.names = ExpressionAttributeNames
    this.values = ExpressionAttributeValues
  }

  name(placeholder: string, label: string): string {
    const name = Object.hasOwn(this.names, placeholder) ? this.names[placeholder] : undefined
    if (name === undefined) {
      throw invalid(
        `Invalid ${label}: An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      )
    }
    this.used.add(placeholder)
    return name
  }

  value(placeholder: string, label: string): AttributeValue {
    const value = Object.hasOwn(this.values, placeholder) ? this.values[placeholder] : undefined
    if (value === undefined) {
      throw invalid(
        `Invalid ${label}: An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      )
    }
    this.used.add(placeholder)
    return normalized(value)
  }

  /** To be called when all expressions are read. */
  checkUsed(): void {
    for (const [kind, all] of [
      ['ExpressionAttributeNames', this.names],
      ['ExpressionAttributeValues', this.values],
    ] as const) {
      const unused = Object.keys(all).filter((placeholder) => !this.used.has(placeholder))
      if (unused.length > 0) {
        throw invalid(
          `Value provided in ${kind} unused in expressions: keys: {${unused.join(', ')}}`,
        )
      }
    }
  }
}
