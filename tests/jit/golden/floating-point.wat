(module
 (type $0 (func (param i32 i64) (result i32)))
 (import "e" "m" (memory $mimport$0 1))
 (export "0" (func $0))
 (func $0 (param $0 i32) (param $1 i64) (result i32)
  (local $2 i32)
  (local $3 i32)
  (local $4 i32)
  (local $5 i32)
  (local $6 i32)
  (local $7 i32)
  (local $8 i32)
  (local $9 i32)
  (local $10 i64)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (local $14 i64)
  (local $15 f64)
  (local $16 f64)
  (local $17 f64)
  (local $18 f64)
  (local $19 f64)
  (local $20 i64)
  (local.set $2
   (i32.load offset=70412 align=1
    (i32.const 0)
   )
  )
  (local.set $3
   (i32.load offset=70416 align=1
    (i32.const 0)
   )
  )
  (local.set $4
   (i32.load offset=70492 align=1
    (i32.const 0)
   )
  )
  (if
   (i32.or
    (i32.eqz
     (i32.load offset=70348 align=1
      (i32.const 0)
     )
    )
    (i32.ge_u
     (i32.load offset=70344 align=1
      (i32.const 0)
     )
     (i32.const 5)
    )
   )
   (then
    (return
     (i32.const 1)
    )
   )
  )
  (local.set $9
   (i32.and
    (i32.xor
     (i32.shr_s
      (i32.load offset=70356 align=1
       (i32.const 0)
      )
      (i32.const 31)
     )
     (i32.const -1)
    )
    (i32.const -4194306)
   )
  )
  (local.set $20
   (i64.load offset=69712 align=1
    (i32.const 0)
   )
  )
  (local.set $17
   (f64.load offset=69968 align=1
    (i32.const 0)
   )
  )
  (local.set $18
   (f64.load offset=69976 align=1
    (i32.const 0)
   )
  )
  (local.set $19
   (f64.load offset=69984 align=1
    (i32.const 0)
   )
  )
  (block $block1
   (loop
    (block $block
     (br_table $block
      (local.get $0)
     )
    )
    (loop $label
     (block $block3
      (block $block2
       (local.set $2
        (i32.sub
         (local.get $2)
         (i32.const 4)
        )
       )
       (@metadata.code.branch_hint "\00")
       (if
        (i32.eqz
         (i32.lt_u
          (i32.shl
           (i32.wrap_i64
            (i64.shr_u
             (i64.reinterpret_f64
              (local.tee $15
               (f64.add
                (local.get $17)
                (local.get $18)
               )
              )
             )
             (i64.const 32)
            )
           )
           (i32.const 1)
          )
          (local.get $9)
         )
        )
        (then
         (local.set $16
          (f64.sub
           (local.get $15)
           (local.get $17)
          )
         )
         (@metadata.code.branch_hint "\00")
         (if
          (i32.eqz
           (i32.and
            (f64.eq
             (f64.add
              (f64.sub
               (local.get $17)
               (f64.sub
                (local.get $15)
                (local.get $16)
               )
              )
              (f64.sub
               (local.get $18)
               (local.get $16)
              )
             )
             (f64.const 0)
            )
            (f64.ne
             (local.get $15)
             (f64.const 0)
            )
           )
          )
          (then
           (local.set $2
            (i32.sub
             (local.get $2)
             (i32.const -4)
            )
           )
           (local.set $7
            (i32.const 1)
           )
           (local.set $10
            (i64.add
             (local.get $1)
             (i64.const 0)
            )
           )
           (br $block1)
          )
         )
        )
       )
       (local.set $17
        (local.get $15)
       )
       (i32.store offset=70348 align=1
        (i32.const 0)
        (i32.const 3)
       )
       (@metadata.code.branch_hint "\00")
       (if
        (i32.eqz
         (i32.lt_u
          (i32.add
           (i32.shl
            (i32.wrap_i64
             (i64.shr_u
              (i64.reinterpret_f64
               (local.tee $15
                (f64.mul
                 (local.get $17)
                 (local.get $18)
                )
               )
              )
              (i64.const 32)
             )
            )
            (i32.const 1)
           )
           (i32.const -2097154)
          )
          (local.get $9)
         )
        )
        (then
         (@metadata.code.branch_hint "\00")
         (if
          (i32.eqz
           (i32.and
            (f64.eq
             (local.get $15)
             (f64.const 0)
            )
            (i32.or
             (f64.eq
              (local.get $17)
              (f64.const 0)
             )
             (f64.eq
              (local.get $18)
              (f64.const 0)
             )
            )
           )
          )
          (then
           (local.set $2
            (i32.sub
             (local.get $2)
             (i32.const -3)
            )
           )
           (local.set $7
            (i32.const 1)
           )
           (local.set $10
            (i64.add
             (local.get $1)
             (i64.const 4)
            )
           )
           (br $block1)
          )
         )
        )
       )
       (local.set $19
        (local.get $15)
       )
       (@metadata.code.branch_hint "\00")
       (if
        (i32.or
         (f64.ne
          (local.get $19)
          (local.get $19)
         )
         (f64.ne
          (local.get $18)
          (local.get $18)
         )
        )
        (then
         (local.set $2
          (i32.sub
           (local.get $2)
           (i32.const -2)
          )
         )
         (local.set $7
          (i32.const 1)
         )
         (local.set $10
          (i64.add
           (local.get $1)
           (i64.const 8)
          )
         )
         (br $block1)
        )
       )
       (local.set $20
        (i64.extend_i32_u
         (f64.lt
          (local.get $19)
          (local.get $18)
         )
        )
       )
       (if
        (i64.ne
         (local.get $20)
         (i64.const 0)
        )
        (then
         (br $block2)
        )
       )
       (br $block3)
      )
      (local.set $2
       (i32.sub
        (local.get $2)
        (i32.const 4)
       )
      )
      (@metadata.code.branch_hint "\00")
      (if
       (i32.eqz
        (i32.lt_u
         (i32.shl
          (i32.wrap_i64
           (i64.shr_u
            (i64.reinterpret_f64
             (local.tee $15
              (f64.add
               (local.get $17)
               (local.get $18)
              )
             )
            )
            (i64.const 32)
           )
          )
          (i32.const 1)
         )
         (local.get $9)
        )
       )
       (then
        (local.set $16
         (f64.sub
          (local.get $15)
          (local.get $17)
         )
        )
        (@metadata.code.branch_hint "\00")
        (if
         (i32.eqz
          (i32.and
           (f64.eq
            (f64.add
             (f64.sub
              (local.get $17)
              (f64.sub
               (local.get $15)
               (local.get $16)
              )
             )
             (f64.sub
              (local.get $18)
              (local.get $16)
             )
            )
            (f64.const 0)
           )
           (f64.ne
            (local.get $15)
            (f64.const 0)
           )
          )
         )
         (then
          (local.set $2
           (i32.sub
            (local.get $2)
            (i32.const -4)
           )
          )
          (local.set $7
           (i32.const 1)
          )
          (local.set $10
           (i64.add
            (local.get $1)
            (i64.const 0)
           )
          )
          (br $block1)
         )
        )
       )
      )
      (local.set $17
       (local.get $15)
      )
      (i32.store offset=70348 align=1
       (i32.const 0)
       (i32.const 3)
      )
      (@metadata.code.branch_hint "\00")
      (if
       (i32.eqz
        (i32.lt_u
         (i32.add
          (i32.shl
           (i32.wrap_i64
            (i64.shr_u
             (i64.reinterpret_f64
              (local.tee $15
               (f64.mul
                (local.get $17)
                (local.get $18)
               )
              )
             )
             (i64.const 32)
            )
           )
           (i32.const 1)
          )
          (i32.const -2097154)
         )
         (local.get $9)
        )
       )
       (then
        (@metadata.code.branch_hint "\00")
        (if
         (i32.eqz
          (i32.and
           (f64.eq
            (local.get $15)
            (f64.const 0)
           )
           (i32.or
            (f64.eq
             (local.get $17)
             (f64.const 0)
            )
            (f64.eq
             (local.get $18)
             (f64.const 0)
            )
           )
          )
         )
         (then
          (local.set $2
           (i32.sub
            (local.get $2)
            (i32.const -3)
           )
          )
          (local.set $7
           (i32.const 1)
          )
          (local.set $10
           (i64.add
            (local.get $1)
            (i64.const 4)
           )
          )
          (br $block1)
         )
        )
       )
      )
      (local.set $19
       (local.get $15)
      )
      (@metadata.code.branch_hint "\00")
      (if
       (i32.or
        (f64.ne
         (local.get $19)
         (local.get $19)
        )
        (f64.ne
         (local.get $18)
         (local.get $18)
        )
       )
       (then
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const -2)
         )
        )
        (local.set $7
         (i32.const 1)
        )
        (local.set $10
         (i64.add
          (local.get $1)
          (i64.const 8)
         )
        )
        (br $block1)
       )
      )
      (local.set $20
       (i64.extend_i32_u
        (f64.lt
         (local.get $19)
         (local.get $18)
        )
       )
      )
      (if
       (i64.ne
        (local.get $20)
        (i64.const 0)
       )
       (then
        (@metadata.code.branch_hint "\00")
        (if
         (i32.lt_s
          (local.get $2)
          (i32.const 9)
         )
         (then
          (local.set $10
           (i64.add
            (local.get $1)
            (i64.const 0)
           )
          )
          (br $block1)
         )
        )
        (local.set $0
         (i32.const 0)
        )
        (br $label)
       )
      )
      (br $block3)
     )
     (local.set $2
      (i32.sub
       (local.get $2)
       (i32.const 1)
      )
     )
     (@metadata.code.branch_hint "\00")
     (if
      (i32.lt_s
       (local.get $2)
       (i32.const 9)
      )
      (then
       (local.set $10
        (i64.add
         (local.get $1)
         (i64.const 0)
        )
       )
       (br $block1)
      )
     )
     (local.set $0
      (i32.const 0)
     )
     (br $label)
    )
   )
  )
  (i64.store offset=69712 align=1
   (i32.const 0)
   (local.get $20)
  )
  (f64.store offset=69968 align=1
   (i32.const 0)
   (local.get $17)
  )
  (f64.store offset=69984 align=1
   (i32.const 0)
   (local.get $19)
  )
  (i32.store offset=70412 align=1
   (i32.const 0)
   (local.get $2)
  )
  (i64.store offset=70144 align=1
   (i32.const 0)
   (local.get $10)
  )
  (local.get $7)
 )
)
