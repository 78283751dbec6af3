/// Order statistics of a few hundred values.
enum Median {
  /// The median of values, which are put into another order; the mean of the two in the middle if their number is even.
  /// The values are not NaN, and there is at least one.
  ///
  /// Hoare's selection ("Algorithm 65: Find", 1961) with the median of three as the pivot: about 3 n steps, and the
  /// same ones in every run.
  static func of(_ values: inout [Double]) -> Double {
    values.withUnsafeMutableBufferPointer { values in
      let middle = values.count / 2
      let upper = select(middle, values)
      guard values.count % 2 == 0 else { return upper }
      var lower = values[0]
      for index in 1..<max(middle, 1) { lower = max(lower, values[index]) }
      return lower + (upper - lower) / 2
    }
  }

  /// Puts the value of rank `rank` at its place, nothing greater before it and nothing smaller behind it.
  private static func select(_ rank: Int, _ values: UnsafeMutableBufferPointer<Double>) -> Double {
    var (low, high) = (0, values.count - 1)
    while low < high {
      let pivot = pivot(values[low], values[low + (high - low) / 2], values[high])
      var (left, right) = (low, high)
      while left <= right {
        while values[left] < pivot { left += 1 }
        while values[right] > pivot { right -= 1 }
        guard left <= right else { break }
        values.swapAt(left, right)
        left += 1
        right -= 1
      }
      if rank <= right {
        high = right
      } else if rank >= left {
        low = left
      } else {
        break
      }
    }
    return values[rank]
  }

  private static func pivot(_ a: Double, _ b: Double, _ c: Double) -> Double {
    max(min(a, b), min(max(a, b), c))
  }
}

/// The middle and the spread of values, of which up to half may be anything.
struct RobustScale {
  var median: Double
  /// In units of a standard deviation; 0 if (nearly) all values are the same.
  var deviation: Double

  /// The modified z-score of B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers" (1993): distances from the
  /// median in units of the median absolute deviation, which is 0.6745 standard deviations of normal data. Where more
  /// than half of the values are the same and that deviation is 0, the mean absolute deviation stands in, which is
  /// sqrt(2/pi) standard deviations. `scratch` is overwritten.
  init(of values: some Collection<Double>, scratch: inout [Double]) {
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: values)
    median = Median.of(&scratch)
    var sum = 0.0
    for index in scratch.indices {
      scratch[index] = abs(scratch[index] - median)
      sum += scratch[index]
    }
    let mean = sum / Double(scratch.count)
    let absolute = Median.of(&scratch)
    deviation = absolute > 0 ? absolute / 0.674_489_750_196_081_7 : mean / 0.797_884_560_802_865_4
  }

  init(median: Double, deviation: Double) {
    self.median = median
    self.deviation = deviation
  }
}
