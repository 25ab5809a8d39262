import { AwsProvider } from '@cdktf/provider-aws/lib/provider'
import { Aspects, TerraformDataSource, TerraformResource } from 'cdktf'
import { Construct } from 'constructs'
import { tidewayStackOf } from './tideway-stack'

const region = 'us-east-1'

/**
 * What stands in it is made in us-east-1, wherever the environment is: CloudFront takes its certificate, its
 * web ACL and its logs from there and nowhere else, and Route 53 its metrics, its query logs and its keys.
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

/** The region that a construct's resources are in. */
export function regionOf(construct: Construct): string {
  const isAway = construct.node.scopes.some((scope) => scope instanceof UsEast1)
  return isAway ? region : tidewayStackOf(construct).environment.region
}
