"""
The canary: values that occur nowhere else are planted wherever customers' data and secrets come in, pass the whole way,
and are then looked for everywhere that people other than the operator get to see. Meanwhile the encryption keys rotate.
"""
