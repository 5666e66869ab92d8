package org.everclip.clip.script;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * A stateless TorchScript module made from text. Its methods take lists of tensors first, then
 * single tensors, and are typed so: {@code def step(self, p: List[Tensor], b: List[Tensor], x:
 * Tensor) -> Tensor}. Tensors that a method changes in place must arrive in a list argument:
 * changes to a list built inside the method are dropped by the compiler.
 *
 * <p>The native module belongs to the manager given to {@link #load}. Any thread may call, several
 * at once too; the graph optimizer is switched off in the calling thread, so that equal calls give
 * equal bits. An array must not be used at different list positions by calls that run at the same
 * time.
 */
public final class TorchScript {

  private final PtSymbolBlock block;

  private TorchScript(PtSymbolBlock block) {
    this.block = block;
  }

  /**
   * Compiles methods, each indented by two blanks. {@code self} needs no type.
   *
   * @throws EngineException with the offending line if the text does not compile
   */
  public static TorchScript load(NDManager manager, String methods) {
    Engine.getInstance();
    var archive = ScriptArchive.of(methods.replace("(self,", "(self: __torch__.M,"));
    prepareThread(false);
    try (var in = new ByteArrayInputStream(archive)) {
      return new TorchScript(JniUtils.loadModule((PtNDManager) manager, in, false, false));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Calls a method; the results belong to {@code scope}. An empty list arrives as a list of one
   * tensor, because DJL cannot pass an empty one.
   *
   * @param training with gradients; without, results are inference tensors: {@code duplicate()}
   *     them before they take part in a computation with gradients
   */
  public NDList call(
      String method, boolean training, NDManager scope, List<NDList> lists, NDArray... tensors) {
    prepareThread(training);
    var arguments = new NDList();
    // The first argument decides which manager the result is attached to.
    arguments.add(named(scope.zeros(new Shape(1)), "module_method:" + method));
    for (int i = 0; i < lists.size(); i++) {
      var name = "a" + i + "[]";
      if (lists.get(i).isEmpty()) {
        arguments.add(named(scope.zeros(new Shape(1)), name));
      }
      for (var array : lists.get(i)) {
        arguments.add(named(array, name));
      }
    }
    for (var tensor : tensors) {
      if (tensor.getName() != null) {
        tensor.setName(null);
      }
      arguments.add(tensor);
    }
    try {
      var result = IValueUtils.forward(block, arguments, training);
      result.attach(scope);
      return result;
    } catch (EngineException e) {
      throw new EngineException("TorchScript method '" + method + "' failed: " + e.getMessage(), e);
    }
  }

  private static NDArray named(NDArray array, String name) {
    if (!name.equals(array.getName())) {
      array.setName(name);
    }
    return array;
  }

  private static void prepareThread(boolean gradients) {
    JniUtils.setGraphExecutorOptimize(false);
    JniUtils.setGradMode(gradients);
  }
}
