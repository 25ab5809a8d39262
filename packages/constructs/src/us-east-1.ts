import { AwsProvider } from '@cdktf/provider-aws/lib/provider'
import { Aspects, TerraformDataSource, TerraformResource } from 'cdktf'
import { Construct } from 'constructs'
import { tidewayStackOf } from './tideway-stack'

const region = 'us-east-1'

/**
 * Creates its resources in us-east-1, in every environment. CloudFront requires that region for its certificate,
 * web ACL and logs, and Route 53 for its metrics, query logs and keys.
 */
export class UsEast1 extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id)
    const provider = new AwsProvider(this, 'aws', {
      alias: 'us_east_1',
      region,
      ...tidewayStackOf(this).providerSettings,
    })
    Aspects.of(this).add({
      visit: (node) => {
        if (node instanceof TerraformResource || node instanceof TerraformDataSource) {
          node.provider = provider
        }
      },
    })
  }
}

/** The region of a construct's resources. */
export function regionOf(construct: Construct): string {
  const isInUsEast1 = construct.node.scopes.some((scope) => scope instanceof UsEast1)
  return isInUsEast1 ? region : tidewayStackOf(construct).environment.region
}
