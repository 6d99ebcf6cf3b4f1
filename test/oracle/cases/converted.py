"""Small networks through the real converter: float32, int8 and int16x8, as users' models come."""

from case import Case, draw, random_of


def keras():
    """Imported late: it takes seconds."""
    import tensorflow

    return tensorflow


def networks():
    """Name, input shape, and the layers of each network."""
    layers = keras().keras.layers
    yield "conv-relu", (6, 6, 2), [layers.Conv2D(3, 3, padding="same", activation="relu")]
    yield "conv-strides", (7, 6, 2), [layers.Conv2D(3, (3, 2), strides=2)]
    yield "conv-norm", (5, 5, 2), [layers.Conv2D(3, 3), layers.BatchNormalization(), layers.ReLU(6.0)]
    yield "depthwise", (6, 6, 3), [layers.DepthwiseConv2D(3, padding="same", activation="relu")]
    yield "depthwise-multiplier", (5, 5, 2), [layers.DepthwiseConv2D(2, depth_multiplier=2)]
    yield "separable", (5, 5, 2), [layers.SeparableConv2D(3, 3, padding="same")]
    yield "conv-1d", (8, 2), [layers.Conv1D(3, 3, activation="relu")]
    yield "conv-transpose", (3, 3, 2), [layers.Conv2DTranspose(2, 3, strides=2, padding="same")]
    yield "dense", (6,), [layers.Dense(5, activation="relu"), layers.Dense(3, activation="softmax")]
    yield "dense-time", (3, 4), [layers.Dense(5)]
    yield "pools", (6, 6, 2), [layers.MaxPooling2D(2), layers.AveragePooling2D(2, strides=1)]
    yield "global-pools", (4, 4, 3), [layers.GlobalAveragePooling2D(), layers.Dense(2)]
    yield "global-max", (4, 4, 3), [layers.GlobalMaxPooling2D()]
    yield "flatten", (3, 3, 2), [layers.Flatten(), layers.Dense(4, activation="sigmoid")]
    yield "tanh", (2, 5), [layers.Dense(4, activation="tanh")]
    yield "leaky", (2, 5), [layers.Dense(4), layers.LeakyReLU(0.2)]
    yield "prelu", (3, 3, 2), [layers.Conv2D(2, 1), layers.PReLU(shared_axes=[1, 2], alpha_initializer="ones")]
    yield "elu", (2, 5), [layers.Dense(4, activation="elu")]
    yield "padding", (4, 4, 2), [layers.ZeroPadding2D(((1, 2), (0, 1))), layers.Conv2D(2, 3)]
    yield "cropping", (5, 5, 2), [layers.Cropping2D(1), layers.Conv2D(2, 2)]
    yield "permute", (3, 4, 2), [layers.Permute((2, 1, 3)), layers.Conv2D(2, 2)]
    yield "reshape", (4, 6), [layers.Reshape((2, 3, 4)), layers.Conv2D(2, 2)]
    yield "hard-swish", (2, 5), [layers.Dense(4, activation="hard_swish")]
    yield "bilinear", (3, 3, 2), [layers.Conv2D(2, 1), layers.UpSampling2D(2, interpolation="bilinear")]


def network_of(name, shape, layers):
    tensorflow = keras()
    model = tensorflow.keras.Sequential([tensorflow.keras.Input(batch_shape=(1, *shape)), *layers])
    rng = random_of("weights", name)
    model.set_weights([draw_like(rng, values) for values in model.get_weights()])
    return model


def draw_like(rng, values):
    """Variances must not be negative: all values of one dimension lie above 0.2."""
    low = 0.2 if values.ndim == 1 else -0.8
    return draw(rng, values.shape, "float32", low, 0.8)


def convert(model, precision, samples):
    lite = keras().lite
    converter = lite.TFLiteConverter.from_keras_model(model)
    if precision == "float32":
        return converter.convert()
    converter.optimizations = [lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([sample] for sample in samples)
    wide = lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    converter.target_spec.supported_ops = [wide if precision == "int16" else lite.OpsSet.TFLITE_BUILTINS_INT8]
    kind = keras().int16 if precision == "int16" else keras().int8
    converter.inference_input_type = converter.inference_output_type = kind
    return converter.convert()


# The converter refuses these in 16 bits.
NOT_IN_INT16 = ("prelu", "elu", "hard-swish")


def cases():
    for name, shape, layers in networks():
        model, rng = network_of(name, shape, layers), random_of("samples", name)
        samples = [draw(rng, (1, *shape), "float32", -1, 1) for _ in range(8)]
        for precision in ("float32", "int8", "int16"):
            if precision == "int16" and name in NOT_IN_INT16:
                continue
            bounds = (-1, 1) if precision == "float32" else ()
            inputs = [[draw(rng, (1, *shape), precision, *bounds)] for _ in range(4)]
            yield Case(f"network-{name}-{precision}", "a network", convert(model, precision, samples), inputs)
